// Longer than most files: what is written and what is read are one format, and stand side by side.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Dataset, Group } from 'h5wasm/node';
import {
  MAX_EPISODE_STEPS,
  MAX_GRID_SIDE,
  NUM_ACTIONS,
  VIEW_SIZE,
} from '../../../shared/constants.ts';
import { DatasetError, type Episode } from './episode.ts';

const DATA_FILE = 'main_data.hdf5';
const METADATA_FILE = 'metadata.json';
const MAX_METADATA_BYTES = 20_000_000;
const MAX_EPISODES = 10_000_000;
const MAX_IMAGE_BYTES = MAX_GRID_SIDE * MAX_GRID_SIDE * 3;
/** The version of Minari whose layout this is. */
const MINARI_VERSION = '0.5.3';
const MISSION_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,.'-";

async function library() {
  const h5wasm = await import('h5wasm/node');
  // By default the library prints its errors and goes on.
  (await h5wasm.ready).activate_throwing_error_handler();
  return h5wasm;
}

const nested = (depth: readonly number[], value: number): unknown =>
  depth.length === 0
    ? value
    : Array.from({ length: depth[0] }, () => nested(depth.slice(1), value));

/** Spaces as minari/serialization.py writes them. */
const ACTION_SPACE = { type: 'Discrete', dtype: 'int64', start: 0, n: NUM_ACTIONS };
const IMAGE_SHAPE = [VIEW_SIZE, VIEW_SIZE, 3];
const OBSERVATION_SPACE = {
  type: 'Dict',
  subspaces: {
    direction: { type: 'Discrete', dtype: 'int64', start: 0, n: 4 },
    image: {
      type: 'Box',
      dtype: 'uint8',
      shape: IMAGE_SHAPE,
      low: nested(IMAGE_SHAPE, 0),
      high: nested(IMAGE_SHAPE, 255),
    },
    mission: { type: 'Text', max_length: 400, min_length: 1, charset: MISSION_LETTERS },
  },
};

/** The Gymnasium client (gym/planner_doer_gym.py) as EnvSpec.to_json writes it: the worlds that this data is from. */
const envSpecOf = (levelId: string) => ({
  id: `PlannerDoer/${levelId}`,
  entry_point: 'planner_doer_gym:WorldEnv',
  reward_threshold: null,
  nondeterministic: false,
  max_episode_steps: null,
  order_enforce: true,
  disable_env_checker: false,
  kwargs: { level: levelId },
  additional_wrappers: [],
  vector_entry_point: 'planner_doer_gym:WorldVectorEnv',
});

/**
 * Writes episodes of one level as a Minari dataset: `folder`/data/main_data.hdf5 and metadata.json.
 * The folder appears when it is complete. Throws a DatasetError where it exists already.
 * @returns number of episodes
 */
export async function writeMinari(
  folder: string,
  levelId: string,
  episodes: Iterable<Episode>,
): Promise<number> {
  if (existsSync(folder))
    throw new DatasetError(`${folder} exists already; accepted: a new folder for the dataset`);
  const { File } = await library();
  const unfinished = `${folder}.part`;
  const data = path.join(unfinished, 'data');
  try {
    mkdirSync(data, { recursive: true });
    const file = new File(path.join(data, DATA_FILE), 'w', { track_order: true });
    let count = 0;
    let steps = 0;
    try {
      for (const episode of episodes) {
        writeEpisode(file.create_group(`episode_${count}`), episode, count);
        count++;
        steps += episode.actions.length;
      }
    } finally {
      file.close();
    }
    const megabytes = statSync(path.join(data, DATA_FILE)).size / 1e6;
    const metadata = {
      total_episodes: count,
      total_steps: steps,
      data_format: 'hdf5',
      observation_space: JSON.stringify(OBSERVATION_SPACE),
      action_space: JSON.stringify(ACTION_SPACE),
      env_spec: JSON.stringify(envSpecOf(levelId)),
      dataset_id: path.basename(folder),
      dataset_size: Math.round(megabytes * 10) / 10,
      minari_version: MINARI_VERSION,
      algorithm_name: 'planner-and-doer',
    };
    writeFileSync(path.join(data, METADATA_FILE), JSON.stringify(metadata));
    renameSync(unfinished, folder);
    return count;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function writeEpisode(group: Group, episode: Episode, id: number): void {
  const { actions, rewards, images, directions, terminations, truncations } = episode;
  const steps = actions.length;
  group.create_attribute('id', BigInt64Array.of(BigInt(id)), []);
  group.create_attribute('total_steps', BigInt64Array.of(BigInt(steps)), []);
  if (episode.seed !== undefined)
    group.create_attribute('seed', BigInt64Array.of(BigInt(episode.seed)), []);
  const whole = (values: Uint8Array) => BigInt64Array.from(values, BigInt);
  group.create_dataset({ name: 'actions', data: whole(actions), shape: [steps] });
  group.create_dataset({ name: 'rewards', data: rewards, shape: [steps] });
  // The library has no enumerations, which h5py stores truth in: bytes of 0 and 1 instead.
  group.create_dataset({ name: 'terminations', data: terminations, shape: [steps] });
  group.create_dataset({ name: 'truncations', data: truncations, shape: [steps] });
  const seen = group.create_group('observations');
  seen.create_dataset({ name: 'direction', data: whole(directions), shape: [steps + 1] });
  seen.create_dataset({
    name: 'image',
    data: images,
    shape: [steps + 1, ...IMAGE_SHAPE],
    chunks: [steps + 1, ...IMAGE_SHAPE],
    compression: 4,
  });
  seen.create_dataset({
    name: 'mission',
    data: Array<string>(steps + 1).fill(episode.mission),
    shape: [steps + 1],
    dtype: 'S',
  });
}

/** Where a dataset's HDF5 file is: `place` itself, or below it. Undefined where there is none. */
export function findMinari(place: string): string | undefined {
  const isFile = (file: string) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  if (isFile(place)) return /\.(hdf5|h5)$/.test(place) ? place : undefined;
  return [path.join(place, DATA_FILE), path.join(place, 'data', DATA_FILE)].find(isFile);
}

/**
 * Reads the episodes of a Minari dataset of a BabyAI level, one at a time. Throws a DatasetError that says
 * what is wrong with it.
 */
export async function* readMinari(file: string): AsyncGenerator<Episode> {
  const { File, Group, Dataset } = await library();
  const readable = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (error instanceof DatasetError) throw error;
      throw new DatasetError(`${file} cannot be read as HDF5: ${(error as Error).message}`);
    }
  };
  const opened = readable(() => new File(file, 'r'));
  try {
    const levelId = readable(() => levelOf(file, opened));
    const names = readable(() => opened.keys()).filter((name) => /^episode_\d+$/.test(name));
    if (names.length > MAX_EPISODES)
      throw new DatasetError(
        `${file} has ${names.length} episodes; accepted: up to ${MAX_EPISODES}`,
      );
    names.sort((a, b) => Number(a.slice(8)) - Number(b.slice(8)));
    for (const name of names) yield readable(() => readEpisode(name));

    function readEpisode(name: string): Episode {
      const where = `${file}: ${name}`;
      const group = opened.get(name);
      if (!(group instanceof Group)) throw new DatasetError(`${where} is not a group`);
      const find = (at: string): Dataset => {
        const found = group.get(at);
        if (!(found instanceof Dataset)) throw new DatasetError(`${where} has no ${at}`);
        return found;
      };
      const steps = lengthOf(find('actions'), `${where}/actions`);
      const image = find('observations/image');
      const shape = image.shape ?? [];
      const imageBytes = shape.slice(1).reduce((product, side) => product * side, 1);
      if (shape.length !== 4 || shape[0] !== steps + 1 || imageBytes > MAX_IMAGE_BYTES)
        throw new DatasetError(
          `${where}/observations/image has the shape ${shape}; accepted: ${steps + 1} × width × height × 3`,
        );
      const values = (at: string, count: number, limit = Infinity) =>
        numbersOf(find(at), `${where}/${at}`, count, limit);
      const images = image.value;
      if (!(images instanceof Uint8Array) || images.length !== (steps + 1) * imageBytes)
        throw new DatasetError(`${where}/observations/image is not made of bytes`);
      return {
        name: where,
        levelId,
        seed: seedOf(group),
        mission: missionOf(find('observations/mission'), where, steps + 1),
        imageBytes,
        images,
        directions: Uint8Array.from(values('observations/direction', steps + 1, 4)),
        actions: Uint8Array.from(values('actions', steps, NUM_ACTIONS)),
        rewards: Float64Array.from(values('rewards', steps)),
        terminations: Uint8Array.from(values('terminations', steps, 2)),
        truncations: Uint8Array.from(values('truncations', steps, 2)),
      };
    }
  } finally {
    opened.close();
  }
}

/** The level's id: in metadata.json beside the file, or, as older versions had it, in the file. */
function levelOf(file: string, root: Group): string {
  const beside = path.join(path.dirname(file), METADATA_FILE);
  let text: unknown;
  const size = statSync(beside, { throwIfNoEntry: false })?.size;
  if (size !== undefined) {
    if (size > MAX_METADATA_BYTES)
      throw new DatasetError(`${beside} has ${size} bytes; accepted: up to ${MAX_METADATA_BYTES}`);
    text = (parse(readFileSync(beside, 'utf8'), beside) as { env_spec?: unknown }).env_spec;
  } else text = root.attrs.env_spec?.value;
  const spec = typeof text === 'string' ? parse(text, `${beside}: env_spec`) : text;
  const id = (spec as { id?: unknown } | undefined)?.id;
  if (typeof id !== 'string' || id.length > 2000)
    throw new DatasetError(`${file} does not say its level: there is no env_spec with an id`);
  // Namespaces come first: “minigrid/BabyAI-GoTo-v0”.
  return id.slice(id.lastIndexOf('/') + 1);
}

function parse(text: string, where: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Said below.
  }
  throw new DatasetError(`${where} is not a JSON object`);
}

/** Number of entries of a column, before any is read. */
function lengthOf(dataset: Dataset, where: string): number {
  const shape = dataset.shape ?? [];
  if (shape.length !== 1 || shape[0] > MAX_EPISODE_STEPS)
    throw new DatasetError(
      `${where} has the shape ${shape}; accepted: one number a step, up to ${MAX_EPISODE_STEPS} steps`,
    );
  return shape[0];
}

function numbersOf(dataset: Dataset, where: string, count: number, limit: number): number[] {
  const shape = dataset.shape ?? [];
  if (shape.length !== 1 || shape[0] !== count)
    throw new DatasetError(`${where} has the shape ${shape}; accepted: ${count}`);
  const values = Array.from(dataset.value as ArrayLike<number | bigint | boolean>, Number);
  const wrong = values.findIndex((value) =>
    limit === Infinity
      ? !Number.isFinite(value)
      : !Number.isInteger(value) || value < 0 || value >= limit,
  );
  if (wrong >= 0)
    throw new DatasetError(
      `${where}[${wrong}] is ${values[wrong]}; accepted: ${limit === Infinity ? 'finite numbers' : `0 to ${limit - 1}`}`,
    );
  return values;
}

/** An episode has one mission, which each of its observations repeats. */
function missionOf(dataset: Dataset, where: string, count: number): string {
  const shape = dataset.shape ?? [];
  if (shape.length !== 1 || shape[0] !== count)
    throw new DatasetError(
      `${where}/observations/mission has the shape ${shape}; accepted: ${count}`,
    );
  const { value } = dataset;
  const missions: unknown[] = Array.isArray(value) ? value : [];
  const [mission] = missions;
  if (typeof mission !== 'string' || missions.some((other) => other !== mission))
    throw new DatasetError(`${where}/observations/mission is not one text, repeated`);
  return mission;
}

/** The level seed, of up to 64 bits; collectors that were given none wrote “None”. */
function seedOf(group: Group): bigint | undefined {
  const value = group.attrs.seed?.value;
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value)))
    return value < 0 ? undefined : BigInt(value);
  return undefined;
}
