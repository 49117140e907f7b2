import { COLOR_NAMES, type ColorName, ObjectType } from '../../shared/constants.ts';
import type { RoomBuilder } from '../builder.ts';
import { type DescribedType, type Instr, LOCATIONS, leavesOf } from '../instructions.ts';
import { type Mission, type Noun, nounText } from '../sentence.ts';
import { isNextTo, matches, resolveDescription } from '../verify.ts';
import { nounsOf, toInstr } from './mission.ts';

/** Thrown where a mission cannot be posed or cannot be done; the message is the reason. */
export class ImpossibleMissionError extends Error {
  override name = 'ImpossibleMissionError';
}

/** What the recipe puts into the rooms. `null`: drawn at random. */
export interface Thing {
  readonly type: DescribedType | null;
  readonly color: ColorName | null;
  readonly inAgentRoom: boolean;
}

/** Layouts drawn in vain, one after the other, before the mission is called impossible. */
const MAX_VAIN_DRAWS = 3000;
const LOOSE = ['key', 'ball', 'box'] as const;

export function isOne(noun: Noun): boolean {
  return noun.article === 'the';
}
/** Draws layouts for one mission until one fits. */
export class Recipe {
  private readonly mission: Mission;
  private readonly things: readonly Thing[];
  private readonly distractors: number;
  private readonly locked: boolean;
  private readonly nouns: readonly Noun[];
  private vain = 0;
  /** What was lacking in layouts drawn in vain, and how often. */
  private readonly misfits = new Map<string, number>();

  constructor(mission: Mission, things: readonly Thing[], distractors: number, locked: boolean) {
    this.mission = mission;
    this.things = things;
    this.distractors = distractors;
    this.locked = locked;
    this.nouns = nounsOf(mission);
  }

  draw(b: RoomBuilder): Instr {
    if (++this.vain > MAX_VAIN_DRAWS) {
      this.vain = 0;
      throw new ImpossibleMissionError(this.reason());
    }
    const room = b.int(0, b.cols * b.rows);
    const i = room % b.cols;
    const j = Math.floor(room / b.cols);
    const keys = this.addDoors(b, room);
    if (b.cols * b.rows > 1) b.connect(this.otherDoorColors());
    b.agent(i, j);
    for (const thing of this.things) if (thing.type !== 'door') this.addThing(b, thing, i, j);
    this.addKeysAndDistractors(b, keys);
    b.requireReachable();
    const instr = toInstr(this.mission);
    if (!this.fits(b) || !isOpenTask(instr, b)) b.reject();
    this.vain = 0;
    return instr;
  }

  /** Returns the colours of the keys that are needed. */
  private addDoors(b: RoomBuilder, agentRoom: number): number[] {
    const keys: number[] = [];
    const walls: { room: number; side: number; beside: boolean }[] = [];
    for (let room = 0; room < b.cols * b.rows; room++)
      for (const side of [0, 1]) {
        const other = b.neighbor(room, side);
        if (other < 0) continue;
        // The lock is noted for the room that the door is added to: never the agent's.
        const beside = room === agentRoom || other === agentRoom;
        walls.push(
          room === agentRoom ? { room: other, side: side + 2, beside } : { room, side, beside },
        );
      }
    for (const thing of this.things) {
      if (thing.type !== 'door') continue;
      const free = walls.filter((wall) => wall.beside || !thing.inAgentRoom);
      if (free.length === 0) {
        this.note('where there are enough walls for the doors');
        b.reject();
      }
      const wall = b.pick(free);
      walls.splice(walls.indexOf(wall), 1);
      const color = thing.color === null ? b.color() : COLOR_NAMES.indexOf(thing.color);
      const { room, side } = wall;
      b.door(room % b.cols, Math.floor(room / b.cols), { side, color, locked: this.locked });
      if (this.locked) keys.push(color);
    }
    return keys;
  }
  private addThing(b: RoomBuilder, thing: Thing, i: number, j: number): void {
    const kind = thing.type === null ? b.pick(LOOSE) : (thing.type as (typeof LOOSE)[number]);
    const color = thing.color === null ? b.color() : COLOR_NAMES.indexOf(thing.color);
    if (thing.inAgentRoom) b.object(i, j, kind, color);
    else b.object(b.int(0, b.cols), b.int(0, b.rows), kind, color);
  }

  private addKeysAndDistractors(b: RoomBuilder, keys: readonly number[]): void {
    const home = b.agentRoom();
    for (const color of keys) b.object(home % b.cols, Math.floor(home / b.cols), 'key', color);
    let vain = 0;
    for (let n = 0; n < this.distractors && vain < 100; ) {
      const kind = b.pick(LOOSE);
      const color = b.color();
      const name = COLOR_NAMES[color];
      const spoils = this.nouns.some(
        (noun) =>
          isOne(noun) &&
          noun.loc === null &&
          (noun.type === null || noun.type === kind) &&
          (noun.color === null || noun.color === name),
      );
      if (spoils) {
        vain++;
        continue;
      }
      b.object(b.int(0, b.cols), b.int(0, b.rows), kind, color);
      n++;
    }
  }

  /** Colours that further doors may have without becoming something that only one thing may be. */
  private otherDoorColors(): number[] {
    return COLOR_NAMES.map((_, index) => index).filter(
      (index) =>
        !this.nouns.some(
          (noun) =>
            isOne(noun) &&
            noun.loc === null &&
            (noun.type === 'door' || noun.type === null) &&
            (noun.color === null || noun.color === COLOR_NAMES[index]),
        ),
    );
  }

  private fits(b: RoomBuilder): boolean {
    for (const noun of this.nouns) {
      const found = countMatches(b, noun);
      if (isOne(noun) ? found === 1 : found > 1) continue;
      this.note(
        `where ${isOne(noun) ? 'exactly one thing fits' : 'several things fit'} "${nounText(noun)}"`,
      );
      return false;
    }
    return true;
  }

  private note(lacking: string): void {
    this.misfits.set(lacking, (this.misfits.get(lacking) ?? 0) + 1);
  }
  private reason(): string {
    const [worst] = [...this.misfits].sort((a, b) => b[1] - a[1]);
    return `no layout found in ${MAX_VAIN_DRAWS} tries${worst === undefined ? ': the rooms are too small' : ` ${worst[0]}`}`;
  }
}

function countMatches(b: RoomBuilder, noun: Noun): number {
  const type = noun.type === null ? -1 : ObjectType[noun.type];
  const color = noun.color === null ? -1 : COLOR_NAMES.indexOf(noun.color);
  const loc = noun.loc === null ? -1 : LOCATIONS.indexOf(noun.loc);
  let count = 0;
  for (let id = 0; id < b.state.objectCount; id++)
    if (matches(b.state, id, type, color, loc)) count++;
  return count;
}

/** Minigrid's rule: no thing on both sides of a put-next, and none already where it belongs. */
export function isOpenTask(instr: Instr, b: Pick<RoomBuilder, 'state'>): boolean {
  for (const leaf of leavesOf(instr)) {
    if (leaf.op !== 'putnext') continue;
    resolveDescription(leaf.move, b.state);
    resolveDescription(leaf.fixed, b.state);
    for (const id of leaf.move.objects)
      if (leaf.fixed.objects.includes(id) || isNextTo(b.state, id, leaf.fixed)) return false;
  }
  return true;
}
