import { RequestError } from '../../../shared/requestError.ts';
import type { PolicySource } from '../../play/loadPolicy.ts';
import type { EpisodePlayer } from '../../play/play.ts';
import { PlayError } from '../../play/playError.ts';
import { CheckpointError } from '../../policy/checkpoint/index.ts';
import { CheckpointFolder } from '../../storage/checkpoints.ts';
import { bestOf } from '../../storage/retention.ts';
import { taskOf } from '../../tasks/index.ts';
import type { PlayAnswer, PlayMessage, PolicyChoice } from './protocol.ts';

interface Found {
  source: PolicySource;
  /** Run that made it, and its steps then; empty and 0 for what no run here made. */
  runId: string;
  envSteps: number;
}

/** Answers one message; failures that are the sender's doing are answers too, others are thrown. */
export async function answerPlay(
  player: EpisodePlayer,
  { task, choice, checkpointFolder }: PlayMessage,
): Promise<PlayAnswer> {
  try {
    checkLevel(task.levelId);
    const { source, runId, envSteps } = await findPolicy(choice, checkpointFolder);
    const replay = await player.play({ ...task, source, runId, envSteps });
    return { type: 'done', answer: replay };
  } catch (error) {
    const refused = refusalOf(error);
    if (refused) return { type: 'refused', error: refused.toWire() };
    throw error;
  }
}

function checkLevel(levelId: string): void {
  try {
    taskOf(levelId).createWorld(levelId);
  } catch (error) {
    throw new RequestError('bad-request', `levelId: ${(error as Error).message}`, 'levelId');
  }
}

async function findPolicy(choice: PolicyChoice, checkpointFolder: string): Promise<Found> {
  const nowhere = { runId: '', envSteps: 0 };
  if (choice.kind === 'script' || choice.kind === 'scratch') return { source: choice, ...nowhere };
  if (choice.kind === 'shipped')
    return { source: { kind: 'checkpoint', file: choice.name }, ...nowhere };
  const { runId, which } = choice;
  const folder = new CheckpointFolder(checkpointFolder);
  const best = which === 'best' ? bestOf(folder.list(runId)) : undefined;
  const id = typeof which === 'number' ? `${runId}.u${which}` : (best?.id ?? runId);
  const found = await folder.find(id);
  if (!found)
    throw new RequestError(
      'not-found',
      `policy is "${id}", and there is no such checkpoint (any more); accepted: ${runId}, ${runId}.best, ${runId}.start or a checkpoint that is kept: ${
        folder
          .list(runId)
          .map(({ updates }) => `${runId}.u${updates}`)
          .slice(0, 8)
          .join(', ') || 'none yet'
      }`,
      'policy',
    );
  return { source: { kind: 'checkpoint', file: found.file }, runId, envSteps: found.envSteps };
}

function refusalOf(error: unknown): RequestError | undefined {
  if (error instanceof RequestError) return error;
  if (error instanceof PlayError)
    return new RequestError('bad-request', error.message, error.field);
  if (error instanceof CheckpointError)
    return new RequestError('bad-request', `policy: ${error.message}`, 'policy');
  return undefined;
}
