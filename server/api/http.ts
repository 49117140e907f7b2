// Longer than most files: all routes stand in one list, as openapi.ts describes them.
import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants } from 'node:zlib';
import compression from 'compression';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import { eventFile } from '../../shared/eventFile.ts';
import { eventFileName, metricsCsv } from '../../shared/metrics.ts';
import type { ErrorCode } from '../../shared/protocol.ts';
import { MAX_LEVEL_ID_LENGTH } from '../../shared/replay.ts';
import { RequestError } from '../../shared/requestError.ts';
import { quoted, shortened } from '../../shared/text.ts';
import type { Rate } from '../../shared/tokenBucket.ts';
import { isMadeByHand } from '../levels/missions.ts';
import { MAX_UPLOAD_BYTES } from '../runs/uploads.ts';
import { isLoopback, presentedBy } from './access.ts';
import { redirectFor } from './base.ts';
import { noRecording } from './commands.ts';
import type { ApiDeps } from './deps.ts';
import {
  HEAVY_RATE,
  MAX_PLAY_BYTES,
  PLAY_RATE,
  RateLimiter,
  REQUEST_RATE,
  TOKEN_RATE,
} from './limits.ts';
import { openApiDocument } from './openapi.ts';
import { parsePayload, wireErrorOf } from './requests.ts';

export interface HttpOptions {
  /** Folder of the built client. */
  clientFolder: string;
  /** Why the server is not ready to serve, if it is not. */
  notReady: () => string | undefined;
  /** What each address may ask for. */
  requestRate?: Rate;
  /** Proxies of one's own before this server. */
  proxies?: number;
  /** Path that everything is under; see `serveUnder`. */
  base?: string;
  /** The text of /metrics. */
  metrics: () => Promise<string>;
}

const STATUS: Record<ErrorCode, number> = {
  'bad-request': 400,
  'not-found': 404,
  conflict: 409,
  forbidden: 403,
  'too-many': 429,
  storage: 503,
  internal: 500,
};
const ID = /^[A-Za-z0-9_.-]{1,80}$/;
const YEAR = 31_536_000;

/** The routes. Whatever changes a run is a Socket.IO command; only files, which are too long for one, are taken here. */
export function createHttp(deps: ApiDeps, options: HttpOptions): Express {
  const { manager, plays, store, worlds, lab, levels, access, version, log } = deps;
  const app = express();
  app.disable('x-powered-by');
  // How many proxies before this server `request.ip` believes in X-Forwarded-For.
  app.set('trust proxy', options.proxies ?? 0);
  app.use(securityHeaders());
  // A slow line waits for bytes, not for this: the page is a third as large.
  app.use(compression({ brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } } }));
  app.use((request, _response, next) => {
    if (!access.allows(request))
      throw new RequestError(
        'forbidden',
        access.answersTo(request)
          ? `A page of ${shortened(request.headers.origin ?? 'another site', 80)} may not ask this server; use its own page, or name the origin with --allow-origin.`
          : `This server is not reached by the name ${quoted(String(request.headers.host), 80)}; use its own address, or name the origin with --allow-origin.`,
      );
    next();
  });
  app.use((request, response, next) => {
    const target = redirectFor(request.url, options.base ?? '/');
    if (target === undefined) next();
    else response.redirect(308, target);
  });
  const startedAt = performance.now();
  const openApi = openApiDocument(version);

  app.get('/api/health', (_request, response) => {
    const reason = options.notReady();
    const runs = manager.list();
    response
      .status(reason === undefined ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        alive: true,
        ready: reason === undefined,
        reason,
        version,
        uptimeSeconds: Math.round((performance.now() - startedAt) / 1000),
        runs: {
          all: runs.length,
          active: runs.filter(({ status }) => status === 'running' || status === 'starting').length,
        },
      });
  });

  app.get('/api/health/alive', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ alive: true });
  });

  const requests = new RateLimiter(options.requestRate ?? REQUEST_RATE);
  app.use((request, _response, next) => {
    if (!requests.take(request.ip ?? ''))
      throw new RequestError('too-many', 'Too many requests; wait a moment.');
    next();
  });
  const wrongTokens = new RateLimiter(TOKEN_RATE);
  const mayWatch: RequestHandler = (request, response, next) => {
    response.set('Cache-Control', 'no-store');
    const presented = presentedBy(request);
    const address = request.ip ?? '';
    if (presented !== undefined && !wrongTokens.peek(address))
      throw new RequestError('too-many', 'Too many wrong tokens; wait a minute.');
    if (access.isWrong(presented)) {
      wrongTokens.take(address);
      log.warn({ address }, 'a wrong token');
    }
    if (access.rightOfRequest(request) === 'none')
      throw new RequestError(
        'forbidden',
        'Watching this server needs a token: Authorization: Bearer TOKEN.',
      );
    next();
  };
  app.get('/api/openapi.json', (_request, response) => void response.json(openApi));
  app.get('/api/levels', mayWatch, (_request, response) => void response.json({ levels }));
  const drawings = new RateLimiter(HEAVY_RATE);
  app.get('/api/levels/:levelId/thumbnail.svg', mayWatch, async (request, response) => {
    const levelId = levelIdOf(request.params.levelId);
    const address = request.ip ?? '';
    const isHeavy = isMadeByHand(levelId) && !worlds.isDrawn(levelId);
    if (isHeavy && !drawings.take(address))
      throw new RequestError('too-many', 'Too many pictures asked for; wait a moment.');
    const picture = await worlds.draw(levelId, { id: address, address });
    // Drawn from the level alone, so a browser may keep it.
    response.set('Cache-Control', 'private, max-age=86400').type('image/svg+xml').send(picture);
  });
  app.get('/api/runs', mayWatch, (_request, response) => {
    response.json({ runs: manager.list(), defaultRunId: manager.defaultRunId });
  });
  app.get('/api/runs/:runId', mayWatch, (request, response) => {
    response.json(manager.archive.snapshot(idOf(request.params.runId, 'runId')));
  });
  app.get('/api/runs/:runId/episodes', mayWatch, (request, response) => {
    response.json({ moments: manager.archive.moments(idOf(request.params.runId, 'runId')) });
  });
  app.get('/api/runs/:runId/episodes/:episodeId', mayWatch, (request, response) => {
    const runId = idOf(request.params.runId, 'runId');
    const id = idOf(request.params.episodeId, 'episodeId');
    response.attachment(`${id}.replay.json`).json(manager.archive.episode(runId, id));
  });
  app.get('/api/runs/:runId/metrics.:format', mayWatch, (request, response) => {
    const { format } = request.params;
    if (format !== 'csv' && format !== 'json' && format !== 'tfevents')
      throw new RequestError(
        'not-found',
        `metrics.${format} is not here; accepted: metrics.csv, metrics.json, metrics.tfevents`,
      );
    const id = idOf(request.params.runId, 'runId');
    const points = manager.archive.points(id);
    if (format === 'tfevents') {
      const createdAt = manager.archive.createdAt(id);
      response.attachment(eventFileName(id, createdAt)).type('application/octet-stream');
      return void response.send(Buffer.from(eventFile(points, createdAt)));
    }
    response.attachment(`${id}.metrics.${format}`);
    if (format === 'json') response.json({ points });
    else response.type('text/csv; charset=utf-8').send(metricsCsv(points));
  });
  app.get('/api/checkpoints/:checkpointId', mayWatch, async (request, response) => {
    const id = idOf(request.params.checkpointId, 'checkpointId');
    const file = await manager.archive.checkpointFile(id);
    response.attachment(`${id}.safetensors`).type('application/octet-stream');
    await pipeline(createReadStream(file), response);
  });
  const mayControl: RequestHandler = (request, _response, next) => {
    if (access.rightOfRequest(request) !== 'control')
      throw new RequestError(
        'forbidden',
        'This needs the control token, which the server showed when it started: Authorization: Bearer TOKEN.',
      );
    next();
  };
  const uploads = new RateLimiter(HEAVY_RATE);
  app.post(
    '/api/checkpoints',
    mayWatch,
    mayControl,
    (request, _response, next) => {
      if (!uploads.take(request.ip ?? ''))
        throw new RequestError('too-many', 'Too many files at once; wait a moment.');
      next();
    },
    express.raw({ type: 'application/octet-stream', limit: MAX_UPLOAD_BYTES }),
    async (request, response) => {
      if (!Buffer.isBuffer(request.body) || request.body.length === 0)
        throw new RequestError(
          'bad-request',
          `the body is ${request.headers['content-type'] ?? 'of no type'}; accepted: a checkpoint file as application/octet-stream`,
        );
      response.status(201).json(await manager.upload(request.body));
    },
  );
  app.get('/api/replays/:recordingId', mayWatch, (request, response) => {
    const id = idOf(request.params.recordingId, 'recordingId');
    const replay = store.getRecording(id);
    if (!replay) throw noRecording(id);
    response.attachment(`${id}.replay.json`).json(replay);
  });
  const playing = new RateLimiter(PLAY_RATE);
  const mayPlay: RequestHandler = (request, _response, next) => {
    if (!playing.take(request.ip ?? ''))
      throw new RequestError('too-many', 'Too many episodes asked for; wait a moment.');
    next();
  };
  const body = express.json({ limit: MAX_PLAY_BYTES });
  app.post('/api/play', mayWatch, mayPlay, body, async (request, response) => {
    const payload = parsePayload('episode:play', request.body);
    const address = request.ip ?? '';
    response.json({ replay: await plays.play(payload, { id: address, address }) });
  });
  app.get('/api/lab', mayWatch, mayPlay, async (request, response) => {
    const address = request.ip ?? '';
    response.json(await lab.open({ id: address, address }));
  });
  app.post('/api/lab/think', mayWatch, mayPlay, body, async (request, response) => {
    const payload = parsePayload('lab:think', request.body);
    const address = request.ip ?? '';
    response.json(await lab.think(payload, { id: address, address }));
  });
  app.get('/metrics', mayWatch, async (_request, response) => {
    response.type('text/plain; version=0.0.4; charset=utf-8').send(await options.metrics());
  });
  app.use('/api', () => {
    throw new RequestError('not-found', 'There is no such route; see /api/openapi.json.');
  });
  app.use(clientFiles(options.clientFolder));
  app.use(answerErrors(deps));
  return app;
}

function levelIdOf(value: unknown): string {
  if (typeof value === 'string' && value.length <= MAX_LEVEL_ID_LENGTH) return value;
  throw new RequestError(
    'bad-request',
    `levelId is longer than ${MAX_LEVEL_ID_LENGTH} characters`,
    'levelId',
  );
}

function idOf(value: unknown, field: string): string {
  if (typeof value === 'string' && ID.test(value)) return value;
  throw new RequestError('bad-request', `${field} has characters that no id has`, field);
}

/** Helmet's headers, with a content policy that Pixi can live with: workers and images from blobs, no eval. */
function securityHeaders(): RequestHandler {
  const headers: HelmetOptions = {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        'worker-src': ["'self'", 'blob:'],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'media-src': ["'self'", 'blob:'],
        'font-src': ["'self'", 'data:'],
        'connect-src': ["'self'", 'data:', 'blob:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // The server itself speaks plain HTTP; whoever puts TLS before it sets this there.
    strictTransportSecurity: false,
  };
  const [trusted, plain] = [
    helmet(headers),
    // Browsers heed it over TLS and on this machine alone, and report an error elsewhere.
    helmet({ ...headers, crossOriginOpenerPolicy: false }),
  ];
  return (request, response, next) => {
    const isTrusted = request.secure || isLoopback(request.hostname);
    return (isTrusted ? trusted : plain)(request, response, next);
  };
}

function clientFiles(folder: string): RequestHandler {
  const files = express.static(folder, {
    // The lab is at /lab.
    extensions: ['html'],
    setHeaders(response, file) {
      // Vite puts a hash of the content into the names of what is in assets/.
      const isHashed = path.relative(folder, file).startsWith(`assets${path.sep}`);
      response.setHeader(
        'Cache-Control',
        isHashed ? `public, max-age=${YEAR}, immutable` : 'no-cache',
      );
    },
  });
  return (request, response, next) => {
    files(request, response, (error?: unknown) => {
      if (error) return next(error);
      const isPage = request.path === '/' || request.path === '/index.html';
      if (isPage && !existsSync(path.join(folder, 'index.html')))
        return void response
          .status(503)
          .type('text/plain')
          .send('The client is not built yet. Run: npm run build\n');
      next(new RequestError('not-found', 'There is nothing here.'));
    });
  };
}

/** The one place where a failed request is answered. */
function answerErrors({ log }: ApiDeps): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const status = (error as { status?: number }).status;
    // Express refuses some requests itself, such as badly encoded paths.
    if (!(error instanceof RequestError) && status !== undefined && status < 500)
      return void response.status(status).json({
        error: {
          code: status === 404 ? 'not-found' : 'bad-request',
          message: 'The request is malformed.',
        },
      });
    const { wire, isOurs } = wireErrorOf(error);
    if (isOurs) log.error({ err: error, path: request.path }, 'a request failed');
    response.status(STATUS[wire.code]).json({ error: wire });
  };
}
