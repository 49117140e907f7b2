import {
  type BabyAIEnv,
  createEnv,
  EndBit,
  EndlessGenerationError,
  listLevels,
} from '../../../envs/index.ts';
import { drawWorld } from '../../../envs/render/film.ts';
import { NUM_ACTIONS, VIEW_BYTES } from '../../../shared/constants.ts';
import { type Autoreset, MAX_ENVS, parseRequest, type Request } from './requests.ts';

export const PROTOCOL = 1;
/** A level that cannot be made goes on drawing; after so many vain seeds in a row it is given up. */
const MAX_VAIN_RESETS = 100;

export type Reply = Readonly<Record<string, unknown>>;

/** Environments that are stepped together. */
interface Group {
  readonly envs: readonly BabyAIEnv[];
  readonly autoreset: Autoreset;
  /** 1 where an episode has ended and the next step resets. */
  readonly ended: Uint8Array;
  readonly image: Uint8Array;
  started: boolean;
}

/**
 * Worlds for a program that is not ours, in groups of one or more. One request in, one reply out; a
 * request that cannot be done is answered with `{ok: false, error}`, and everything stays as it was
 * before it, unless it says otherwise. README.md beside this file describes all requests.
 */
export class Worlds {
  private readonly groups = new Map<number, Group>();
  private made = 0;
  private alive = 0;

  /** @param text one request as JSON */
  answer(text: string): Reply {
    let id: unknown;
    try {
      const request = parseRequest(text);
      id = request.id;
      return { ...(id !== undefined && { id }), ok: true, ...this.handle(request) };
    } catch (error) {
      return { ...(id !== undefined && { id }), ok: false, error: (error as Error).message };
    }
  }

  private handle(request: Request): Reply {
    switch (request.op) {
      case 'hello':
        return {
          protocol: PROTOCOL,
          levels: listLevels().map(({ id }) => id),
          maxEnvs: MAX_ENVS,
        };
      case 'make':
        return this.make(request.levels, request.autoreset);
      case 'reset':
        return this.reset(request.group, request.seeds, request.only);
      case 'step':
        return this.step(request.group, request.actions);
      case 'render':
        return this.render(request.group, request.index, request.cell);
      case 'close': {
        this.alive -= this.groupOf(request.group).envs.length;
        this.groups.delete(request.group);
        return {};
      }
    }
  }

  private make(levels: readonly string[], autoreset: Autoreset): Reply {
    if (this.alive + levels.length > MAX_ENVS)
      throw new RangeError(
        `levels has ${levels.length} entries beside ${this.alive} open environments; accepted: ${MAX_ENVS} in all`,
      );
    const envs = levels.map((level) => createEnv(level));
    const group = ++this.made;
    this.groups.set(group, {
      envs,
      autoreset,
      ended: new Uint8Array(envs.length),
      image: new Uint8Array(envs.length * VIEW_BYTES),
      started: false,
    });
    this.alive += envs.length;
    return { group, size: envs.length };
  }

  private reset(
    id: number,
    seeds: readonly (number | null)[] | undefined,
    only: readonly number[] | undefined,
  ): Reply {
    const group = this.groupOf(id);
    const size = group.envs.length;
    if (seeds && seeds.length !== size)
      throw new RangeError(`seeds has ${seeds.length} entries; accepted: ${size}`);
    if (only && !group.started)
      throw new RangeError('only is given; accepted: after a reset of all environments');
    const wrong = only?.find((index) => index >= size);
    if (wrong !== undefined) throw new RangeError(`only has ${wrong}; accepted: 0 to ${size - 1}`);
    const indices = only ?? group.envs.map((_, i) => i);
    for (const i of indices) {
      const seed = seeds?.[i] ?? undefined;
      try {
        group.envs[i].resetInto(seed, group.image, i * VIEW_BYTES);
      } catch (error) {
        if (!(error instanceof EndlessGenerationError)) throw error;
        throw new RangeError(
          `${seed === undefined ? 'the next level' : `seeds.${i} is ${seed}: the level`} can never be made (Python Minigrid does not return from it); environments before ${i} are reset, from ${i} on they are not`,
        );
      }
      group.ended[i] = 0;
    }
    group.started = true;
    return {
      ...this.observation(group),
      mission: Object.fromEntries(indices.map((i) => [i, group.envs[i].mission])),
    };
  }

  private step(id: number, actions: readonly number[]): Reply {
    const group = this.groupOf(id);
    const { envs, autoreset, ended, image } = group;
    const size = envs.length;
    if (!group.started) throw new RangeError('step comes before the first reset');
    if (!Array.isArray(actions) || actions.length !== size)
      throw new RangeError(`actions has ${actions?.length} entries; accepted: ${size}`);
    const wrong = actions.findIndex((a) => !Number.isInteger(a) || a < 0 || a >= NUM_ACTIONS);
    if (wrong >= 0)
      throw new RangeError(
        `actions.${wrong} is ${JSON.stringify(actions[wrong])}; accepted: 0 to ${NUM_ACTIONS - 1}`,
      );
    const reward = new Array<number>(size);
    const flags = {
      terminated: [] as number[],
      truncated: [] as number[],
      success: [] as number[],
    };
    const mission: Record<number, string> = {};
    const finals: Record<number, Reply> = {};
    for (let i = 0; i < size; i++) {
      const env = envs[i];
      const at = i * VIEW_BYTES;
      let end = 0;
      reward[i] = 0;
      if (autoreset === 'next-step' && ended[i]) {
        resetOn(env, image, at);
        mission[i] = env.mission;
      } else {
        end = env.advance(actions[i]);
        if (env.viewChanged) env.observe(image, at);
        reward[i] = env.reward;
      }
      ended[i] = Number((end & (EndBit.terminated | EndBit.truncated)) !== 0);
      flags.terminated.push(Number((end & EndBit.terminated) !== 0));
      flags.truncated.push(Number((end & EndBit.truncated) !== 0));
      flags.success.push(Number((end & EndBit.success) !== 0));
      if (autoreset === 'same-step' && ended[i]) {
        finals[i] = {
          image: base64(image.subarray(at, at + VIEW_BYTES)),
          direction: env.state.agentDir,
          mission: env.mission,
        };
        resetOn(env, image, at);
        mission[i] = env.mission;
      }
    }
    return {
      ...this.observation(group),
      reward,
      ...flags,
      ...(Object.keys(mission).length > 0 && { mission }),
      ...(Object.keys(finals).length > 0 && { finals }),
    };
  }

  private render(id: number, index: number, cell: number): Reply {
    const group = this.groupOf(id);
    const env = group.envs[index];
    if (!env || !group.started)
      throw new RangeError(
        group.started
          ? `index is ${index}; accepted: 0 to ${group.envs.length - 1}`
          : 'render comes before the first reset',
      );
    const { width, height, pixels } = drawWorld(env.state, cell);
    const rgb = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++)
      for (let c = 0; c < 3; c++) rgb[i * 3 + c] = pixels[i * 4 + c];
    return { width, height, pixels: base64(rgb) };
  }

  private observation({ envs, image }: Group): Reply {
    return { image: base64(image), direction: envs.map(({ state }) => state.agentDir) };
  }

  private groupOf(id: number): Group {
    const group = this.groups.get(id);
    if (!group) throw new RangeError(`group is ${id}; accepted: one that make has returned`);
    return group;
  }
}

/** The next level of the environment's own stream; levels that can never be made are passed over. */
function resetOn(env: BabyAIEnv, image: Uint8Array, at: number): void {
  for (let vain = 1; ; vain++) {
    try {
      env.resetInto(undefined, image, at);
      return;
    } catch (error) {
      if (!(error instanceof EndlessGenerationError) || vain === MAX_VAIN_RESETS) throw error;
    }
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
