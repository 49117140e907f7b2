import { z } from 'zod';
import { uploadedCheckpointSchema } from '../../shared/checkpoints.ts';
import { metricPointSchema } from '../../shared/metrics.ts';
import { COMMANDS, runSnapshotSchema, wireErrorSchema } from '../../shared/protocol.ts';
import { MAX_LEVEL_ID_LENGTH, replaySchema } from '../../shared/replay.ts';
import { MAX_UPLOAD_BYTES } from '../runs/uploads.ts';
import { MAX_PLAY_BYTES } from './limits.ts';

const count = z.number().int().min(0);
export const aliveSchema = z.strictObject({ alive: z.literal(true) });
export const healthSchema = z.strictObject({
  alive: z.literal(true),
  ready: z.boolean().describe('False while it starts or stops, or cannot use its storage.'),
  reason: z.string().optional(),
  version: z.string(),
  uptimeSeconds: z.number(),
  runs: z.strictObject({ all: count, active: count }),
});
export const errorSchema = z.strictObject({ error: wireErrorSchema });

const json = (schema: z.ZodType) => ({
  'application/json': { schema: z.toJSONSchema(schema, { unrepresentable: 'any', io: 'output' }) },
});
const answer = (description: string, schema: z.ZodType) => ({ description, content: json(schema) });
const failure = (description: string) => answer(description, errorSchema);
const pathId = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,80}$' },
});

/** The HTTP side of the API as an OpenAPI 3.1 document, made from the schemas that the tests hold it to. */
export function openApiDocument(version: string) {
  const foreign = {
    403: failure('Asked by a name or from a page that this server does not know.'),
  };
  const open = (
    summary: string,
    responses: Record<string, unknown>,
    parameters: unknown[] = [],
  ) => ({
    get: { summary, parameters, responses: { ...foreign, ...responses } },
  });
  const tooMany = { 429: failure('Too many at once, or too many wrong tokens.') };
  const watched = { 403: failure('Asked from elsewhere, or without the watch token that is set.') };
  const get = (summary: string, responses: Record<string, unknown>, parameters: unknown[] = []) =>
    open(summary, { ...responses, ...watched, ...tooMany }, parameters);
  /** A command that can be asked over HTTP, too. */
  const asked = (
    command: 'episode:play' | 'lab:think',
    { summary, answered, missing }: { summary: string; answered: string; missing: string },
  ) => ({
    post: {
      summary: `${summary}, as the command ${command} does (see PROTOCOL.md).`,
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: z.toJSONSchema(COMMANDS[command].payload, { io: 'input' }),
          },
        },
      },
      responses: {
        200: answer(answered, COMMANDS[command].data),
        400: failure('Something in the request is wrong; `field` says what.'),
        ...watched,
        404: failure(missing),
        413: failure(`The request is larger than ${MAX_PLAY_BYTES} bytes.`),
        ...tooMany,
      },
    },
  });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Planner & Doer',
      version,
      description:
        'Reading over HTTP; live events and all commands go over Socket.IO (see PROTOCOL.md). Where a watch token is set, send it as `Authorization: Bearer TOKEN`.',
    },
    paths: {
      '/api/health': open('Is the server alive, and ready to serve?', {
        200: answer('Ready.', healthSchema),
        503: answer('Alive, but not ready.', healthSchema),
      }),
      '/api/health/alive': open('Is the server alive? Asks nothing of storage or runs.', {
        200: answer('Alive.', aliveSchema),
      }),
      '/api/levels': get('All levels.', {
        200: answer('The levels.', COMMANDS['level:list'].data),
      }),
      '/api/levels/{levelId}/thumbnail.svg': get(
        'A small picture of a level as its seed 0 draws it.',
        {
          200: { description: 'An SVG document.', content: { 'image/svg+xml': {} } },
          400: failure('A mission or layout made by hand that is wrong.'),
          404: failure('No such level.'),
        },
        [
          {
            name: 'levelId',
            in: 'path',
            required: true,
            description:
              'As /api/levels gives it, or a mission or layout made by hand, percent-encoded.',
            schema: { type: 'string', maxLength: MAX_LEVEL_ID_LENGTH },
          },
        ],
      ),
      '/api/runs': get('All runs, newest first.', {
        200: answer('The runs.', COMMANDS['run:list'].data),
      }),
      '/api/runs/{runId}': get(
        'One run with its measurements, changes of settings, and newest episodes.',
        {
          200: answer('The run.', runSnapshotSchema),
          400: failure('An id with characters that no id has.'),
          404: failure('No such run.'),
        },
        [pathId('runId', 'As /api/runs gives it.')],
      ),
      '/api/runs/{runId}/episodes': get(
        'The episodes that are kept of all of a run’s learning, in order of steps.',
        {
          200: answer('What is said of each.', COMMANDS['episode:list'].data),
          400: failure('An id with characters that no id has.'),
          404: failure('No such run.'),
        },
        [pathId('runId', 'As /api/runs gives it.')],
      ),
      '/api/runs/{runId}/episodes/{episodeId}': get(
        'One of a run’s newest or kept episodes as a file.',
        {
          200: answer('The replay.', replaySchema),
          400: failure('An id with characters that no id has.'),
          404: failure('No such run, or the episode is no longer kept.'),
        },
        [
          pathId('runId', 'As /api/runs gives it.'),
          pathId('episodeId', 'As /api/runs/{runId}/episodes gives it.'),
        ],
      ),
      '/api/runs/{runId}/metrics.{format}': get(
        'All measurements that are kept of a run, as a table, as JSON or as a file of TensorBoard.',
        {
          200: {
            description: 'One line an update.',
            content: {
              'text/csv': {},
              'application/octet-stream': {},
              ...json(z.strictObject({ points: z.array(metricPointSchema) })),
            },
          },
          400: failure('An id with characters that no id has.'),
          404: failure('No such run, or another format than csv, json and tfevents.'),
        },
        [
          pathId('runId', 'As /api/runs gives it.'),
          {
            name: 'format',
            in: 'path',
            required: true,
            schema: { enum: ['csv', 'json', 'tfevents'] },
          },
        ],
      ),
      '/api/checkpoints/{checkpointId}': get(
        'A kept checkpoint as a file, which `--checkpoint FILE` and POST /api/checkpoints take.',
        {
          200: {
            description: 'safetensors.',
            content: { 'application/octet-stream': {} },
          },
          400: failure('An id with characters that no id has.'),
          404: failure('No such checkpoint (any more).'),
        },
        [
          pathId(
            'checkpointId',
            'As the command checkpoint:list gives it, or a run’s id for its newest.',
          ),
        ],
      ),
      '/api/checkpoints': {
        post: {
          summary:
            'Keeps a policy, so that runs can start from it. Needs the control token where one is set.',
          requestBody: { required: true, content: { 'application/octet-stream': {} } },
          responses: {
            201: answer('What it is called here.', uploadedCheckpointSchema),
            400: failure('The file is no policy; the message says what is wrong with it.'),
            ...watched,
            413: failure(`The file is larger than ${MAX_UPLOAD_BYTES} bytes.`),
            ...tooMany,
          },
        },
      },
      '/api/replays/{recordingId}': get(
        'A recording as a file.',
        {
          200: answer('The replay.', replaySchema),
          400: failure('An id with characters that no id has.'),
          404: failure('No such recording.'),
        },
        [pathId('recordingId', 'As the command recording:list gives it.')],
      ),
      '/api/play': asked('episode:play', {
        summary: 'Plays one episode with any policy',
        answered: 'The episode.',
        missing: 'No such policy.',
      }),
      '/api/lab': get('The lab’s models, kinds of puzzle, and training.', {
        200: answer('The lab.', COMMANDS['lab:open'].data),
      }),
      '/api/lab/think': asked('lab:think', {
        summary: 'Thinks about one puzzle and shows each segment',
        answered: 'The thoughts.',
        missing: 'No such model.',
      }),
      '/metrics': get('Measurements of the server and its runs for Prometheus.', {
        200: { description: 'Prometheus text format.', content: { 'text/plain': {} } },
      }),
      '/api/openapi.json': open('This document.', {
        ...tooMany,
        200: { description: 'OpenAPI 3.1.', content: { 'application/json': {} } },
      }),
    },
  };
}
