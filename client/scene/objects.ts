import { Container, Graphics, Text } from 'pixi.js';
import { DoorState, ObjectType } from '../../shared/constants.ts';
import { type Cell, type EpisodeView, frameAt, isObject, objectsOf } from '../selectors/world.ts';
import type { Theme } from '../theme/theme.ts';
import { UNIT } from './layout.ts';
import { type CellChange, cellChange, type DrawnPose, ease, type Moment } from './motion.ts';
import { COLOR_LETTERS, drawDoor, drawObject } from './shapes.ts';

const CARRIED_SCALE = 0.52;

/** Everything in the world that is not wall or agent, and what the agent carries. */
export interface Objects {
  readonly container: Container;
  /** Drawn above the agent. */
  readonly carried: Container;
  draw(episode: EpisodeView, moment: Moment, pose: DrawnPose, theme: Theme, letters: boolean): void;
}

interface Drawn {
  key: string;
  node: Container;
}

export function createObjects(): Objects {
  const container = new Container();
  const carried = new Container();
  const cells = new Map<string, Drawn>();
  let hand: Drawn | undefined;

  function place(id: string, cell: Cell, openness: number, theme: Theme, letters: boolean) {
    const key = `${cell.type}.${cell.color}.${cell.state}.${openness}.${theme.dark}.${letters}`;
    let drawn = cells.get(id);
    if (drawn?.key !== key) {
      drawn?.node.destroy({ children: true });
      drawn = { key, node: makeNode(cell, openness, theme, letters) };
      cells.set(id, drawn);
      container.addChild(drawn.node);
    }
    return drawn.node;
  }

  function drawHand(episode: EpisodeView, moment: Moment, pose: DrawnPose, theme: Theme) {
    const held = frameAt(episode, moment.frame).carrying;
    const key = held ? `${held.type}.${held.color}.${theme.dark}` : '';
    if (hand?.key !== key) {
      hand?.node.destroy({ children: true });
      hand = held && {
        key,
        node: makeNode({ ...held, state: 0 }, 0, theme, false),
      };
      if (hand) carried.addChild(hand.node);
    }
    hand?.node.position.set((pose.x + 0.5) * UNIT, (pose.y + 0.5) * UNIT);
    hand?.node.scale.set(CARRIED_SCALE);
    if (hand) hand.node.alpha = 1;
  }

  return {
    container,
    carried,
    draw(episode, moment, pose, theme, letters) {
      const change = moment.t > 0 ? cellChange(episode, moment.frame) : undefined;
      const wanted = new Set<string>();
      for (const { x, y, cell } of objectsOf(episode, moment.frame)) {
        const id = `${x}.${y}`;
        wanted.add(id);
        const node = place(id, cell, openness(cell, change, x, y, moment.t), theme, letters);
        node.position.set((x + 0.5) * UNIT, (y + 0.5) * UNIT);
        node.scale.set(1);
        node.alpha = 1;
      }
      drawHand(episode, moment, pose, theme);
      if (change) {
        const entering = change.kind === 'swap' && change.after && isObject(change.after);
        if (entering && change.after) {
          const id = `${change.x}.${change.y}+`;
          wanted.add(id);
          place(id, change.after, 0, theme, letters);
        }
        const at = cells.get(`${change.x}.${change.y}`)?.node;
        const next = cells.get(`${change.x}.${change.y}+`)?.node;
        animate(change, ease(moment.t), pose, at, next, hand?.node);
      }
      for (const [id, drawn] of cells) {
        if (wanted.has(id)) continue;
        drawn.node.destroy({ children: true });
        cells.delete(id);
      }
    },
  };
}

/** Moves what the step changes: into the hand, out of it, or one thing turning into another. */
function animate(
  change: CellChange,
  e: number,
  pose: DrawnPose,
  at: Container | undefined,
  next: Container | undefined,
  hand: Container | undefined,
): void {
  const cellX = (change.x + 0.5) * UNIT;
  const cellY = (change.y + 0.5) * UNIT;
  const handX = (pose.x + 0.5) * UNIT;
  const handY = (pose.y + 0.5) * UNIT;
  const between = (node: Container | undefined, towardsHand: number) => {
    node?.position.set(
      cellX + (handX - cellX) * towardsHand,
      cellY + (handY - cellY) * towardsHand,
    );
    node?.scale.set(1 + (CARRIED_SCALE - 1) * towardsHand);
  };
  if (change.kind === 'pickup') between(at, e);
  if (change.kind === 'drop') between(hand, 1 - e);
  if (change.kind === 'swap') {
    at?.scale.set(1 + 0.4 * e);
    if (at) at.alpha = 1 - e;
    next?.position.set(cellX, cellY);
    next?.scale.set(e);
    if (next) next.alpha = e;
  }
}

/** How far a door is open, in twentieths so that few different pictures are drawn. */
function openness(cell: Cell, change: CellChange | undefined, x: number, y: number, t: number) {
  if (cell.type !== ObjectType.door) return 0;
  const isOpen = cell.state === DoorState.open ? 1 : 0;
  if (change?.kind !== 'door' || change.x !== x || change.y !== y) return isOpen;
  const willBe = change.after?.state === DoorState.open ? 1 : 0;
  return Math.round((isOpen + (willBe - isOpen) * ease(t)) * 20) / 20;
}

function makeNode(cell: Cell, openness: number, theme: Theme, letters: boolean): Container {
  const node = new Container();
  const shape = new Graphics();
  if (cell.type === ObjectType.door) drawDoor(shape, theme, cell.color, cell.state, openness);
  else drawObject(shape, theme, cell.type, cell.color);
  node.addChild(shape);
  if (letters) node.addChild(makeLetter(cell.color, theme));
  return node;
}

function makeLetter(color: number, theme: Theme): Container {
  const badge = new Container();
  badge.addChild(
    new Graphics()
      .circle(0, 0, 34)
      .fill({ color: theme.panel, alpha: 0.92 })
      .stroke({ width: 4, color: theme.ink }),
  );
  const text = new Text({
    text: COLOR_LETTERS[color],
    style: { fontFamily: theme.font, fontSize: 46, fontWeight: '700', fill: theme.ink },
  });
  text.anchor.set(0.5);
  badge.addChild(text);
  badge.position.set(62, -62);
  return badge;
}
