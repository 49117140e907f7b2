import { AGENT_VIEW_X, AGENT_VIEW_Y, VIEW_SIZE } from '../shared/constants.ts';
import type { EnvState } from './state.ts';

/**
 * The 7x7 egocentric view. The agent stands at view cell (3, 6) and looks towards smaller vy; vx grows
 * to its right. A view cell as one number is `vx * 7 + vy`, the order of the observation's bytes.
 */

/**
 * Light spreads row by row, away from the agent. Entry `(lit << 7) | opaque` of this table holds the
 * row's final lit cells (bits 0-6, bit vx) and what they light in the row ahead (bits 7-13).
 */
const LIGHT = new Uint16Array(1 << 14);
for (let lit = 0; lit < 128; lit++)
  for (let opaque = 0; opaque < 128; opaque++) {
    let row = lit;
    let ahead = 0;
    for (let vx = 0; vx < 6; vx++)
      if (row & ~opaque & (1 << vx)) {
        row |= 2 << vx;
        ahead |= 3 << vx;
      }
    for (let vx = 6; vx > 0; vx--)
      if (row & ~opaque & (1 << vx)) {
        row |= (1 << vx) >> 1;
        ahead |= (3 << vx) >> 1;
      }
    LIGHT[(lit << 7) | opaque] = row | (ahead << 7);
  }

/**
 * Writes the observation image (147 bytes, `(vx*7 + vy)*3 + c`) to `into` from `offset`: what is lit,
 * zeros elsewhere, and in the agent's own cell what it carries.
 */
export function renderView(state: EnvState, into: Uint8Array, offset: number): void {
  const codes = state.codes;
  const dir = state.agentDir;
  const ahead = state.stepOffsets[dir];
  const right = state.stepOffsets[(dir + 1) & 3];
  let row = state.agentIndex - AGENT_VIEW_X * right;
  let lit = 1 << AGENT_VIEW_X;
  for (let vy = VIEW_SIZE - 1; vy >= 0; vy--) {
    const c0 = codes[row];
    const c1 = codes[row + right];
    const c2 = codes[row + 2 * right];
    const c3 = codes[row + 3 * right];
    const c4 = codes[row + 4 * right];
    const c5 = codes[row + 5 * right];
    const c6 = codes[row + 6 * right];
    const opaque =
      (c0 >> 9) |
      ((c1 >> 9) << 1) |
      ((c2 >> 9) << 2) |
      ((c3 >> 9) << 3) |
      ((c4 >> 9) << 4) |
      ((c5 >> 9) << 5) |
      ((c6 >> 9) << 6);
    const light = LIGHT[(lit << 7) | opaque];
    const at = offset + vy * 3;
    writeCell(into, at, c0 & -(light & 1));
    writeCell(into, at + 21, c1 & -((light >> 1) & 1));
    writeCell(into, at + 42, c2 & -((light >> 2) & 1));
    writeCell(into, at + 63, c3 & -((light >> 3) & 1));
    writeCell(into, at + 84, c4 & -((light >> 4) & 1));
    writeCell(into, at + 105, c5 & -((light >> 5) & 1));
    writeCell(into, at + 126, c6 & -((light >> 6) & 1));
    lit = light >> 7;
    row += ahead;
  }
  writeCell(into, offset + (AGENT_VIEW_X * VIEW_SIZE + AGENT_VIEW_Y) * 3, state.handCode());
}

function writeCell(into: Uint8Array, at: number, code: number): void {
  into[at] = code & 15;
  into[at + 1] = (code >> 4) & 7;
  into[at + 2] = (code >> 7) & 3;
}

/** Which view cells the agent sees now: 1 or 0 for each of the 49 view cells `vx*7 + vy`. */
export function visibilityMask(state: EnvState, into = new Uint8Array(49)): Uint8Array {
  const right = state.stepOffsets[(state.agentDir + 1) & 3];
  let row = state.agentIndex - AGENT_VIEW_X * right;
  let lit = 1 << AGENT_VIEW_X;
  for (let vy = VIEW_SIZE - 1; vy >= 0; vy--) {
    let opaque = 0;
    for (let vx = 0; vx < VIEW_SIZE; vx++) opaque |= (state.codes[row + vx * right] >> 9) << vx;
    const light = LIGHT[(lit << 7) | opaque];
    for (let vx = 0; vx < VIEW_SIZE; vx++) into[vx * VIEW_SIZE + vy] = (light >> vx) & 1;
    lit = light >> 7;
    row += state.stepOffsets[state.agentDir];
  }
  return into;
}

/** World x of a view cell, for the agent's present pose. May lie outside the grid. */
export function viewToWorldX(state: EnvState, vx: number, vy: number): number {
  const side = vx - AGENT_VIEW_X;
  const far = AGENT_VIEW_Y - vy;
  const dir = state.agentDir;
  return state.agentX + (dir === 0 ? far : dir === 1 ? -side : dir === 2 ? -far : side);
}
/** World y of a view cell, for the agent's present pose. May lie outside the grid. */
export function viewToWorldY(state: EnvState, vx: number, vy: number): number {
  const side = vx - AGENT_VIEW_X;
  const far = AGENT_VIEW_Y - vy;
  const dir = state.agentDir;
  return state.agentY + (dir === 0 ? side : dir === 1 ? far : dir === 2 ? -side : -far);
}

/** View cell `vx*7 + vy` of a world cell, or -1 where it lies outside the view (seen or not). */
export function worldToView(state: EnvState, x: number, y: number): number {
  const dx = x - state.agentX;
  const dy = y - state.agentY;
  const dir = state.agentDir;
  const far = dir === 0 ? dx : dir === 1 ? dy : dir === 2 ? -dx : -dy;
  const side = dir === 0 ? dy : dir === 1 ? -dx : dir === 2 ? -dy : dx;
  const vx = AGENT_VIEW_X + side;
  const vy = AGENT_VIEW_Y - far;
  return vx < 0 || vx >= VIEW_SIZE || vy < 0 || vy >= VIEW_SIZE ? -1 : vx * VIEW_SIZE + vy;
}

/**
 * Marks what the agent sees now in `seen` (1 for each padded cell index of the state) and returns how
 * many of these cells were not marked before.
 */
export function markSeen(state: EnvState, seen: Uint8Array): number {
  const ahead = state.stepOffsets[state.agentDir];
  const right = state.stepOffsets[(state.agentDir + 1) & 3];
  let row = state.agentIndex - AGENT_VIEW_X * right;
  let lit = 1 << AGENT_VIEW_X;
  let fresh = 0;
  for (let vy = VIEW_SIZE - 1; vy >= 0 && lit !== 0; vy--) {
    let opaque = 0;
    for (let vx = 0; vx < VIEW_SIZE; vx++) opaque |= (state.codes[row + vx * right] >> 9) << vx;
    const light = LIGHT[(lit << 7) | opaque];
    for (let vx = 0; vx < VIEW_SIZE; vx++)
      if ((light >> vx) & 1) {
        const at = row + vx * right;
        fresh += 1 - seen[at];
        seen[at] = 1;
      }
    lit = light >> 7;
    row += ahead;
  }
  return fresh;
}
