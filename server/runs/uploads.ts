import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { UploadedCheckpoint } from '../../shared/checkpoints.ts';
import { RequestError } from '../../shared/requestError.ts';
import { CheckpointError } from '../policy/checkpoint/index.ts';
import { natureOf } from '../policy/nature.ts';
import { readPolicy } from '../policy/policyFile.ts';
import type { CheckpointFolder } from '../storage/checkpoints.ts';

/** Files of one's own that are kept, and the most bytes of one. */
export const MAX_UPLOADS = 20;
export const MAX_UPLOAD_BYTES = 64_000_000;

const START = 'upload-';

/**
 * Keeps a policy that somebody brought, named by its content, so that runs can start from it. Throws a
 * RequestError that says what is wrong with it.
 */
export async function keepUpload(
  checkpoints: CheckpointFolder,
  bytes: Uint8Array,
): Promise<UploadedCheckpoint> {
  const folder = await mkdtemp(path.join(os.tmpdir(), `upload-${randomBytes(4).toString('hex')}-`));
  const file = path.join(folder, 'policy.safetensors');
  try {
    await writeFile(file, bytes);
    const nature = natureOf((await readPolicy(file)).config);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const id = `${START}${hash.slice(0, 16)}`;
    if (!checkpoints.list(id)[0]) {
      const kept = checkpoints.runIds().filter((other) => other.startsWith(START));
      if (kept.length >= MAX_UPLOADS)
        throw new RequestError(
          'too-many',
          `This server keeps at most ${MAX_UPLOADS} files of policies; remove one of ${kept.slice(0, 3).join(', ')}, … from its folder of checkpoints.`,
        );
      await checkpoints.write({ runId: id, updates: 0, envSteps: 0 }, async (aside) => {
        await writeFile(aside, bytes);
        return { weightsHash: hash };
      });
    }
    return { id, ...nature };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new RequestError('bad-request', `The file is no policy: ${error.message}`, 'file');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
