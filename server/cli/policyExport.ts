import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { policyGraph } from '../export/onnx/exportPolicy.ts';
import { checkParity } from '../export/onnx/parity.ts';
import { encodeOnnx } from '../export/onnx/proto.ts';
import { ExportError } from '../export/onnx/trace.ts';
import { readPolicy } from '../policy/policyFile.ts';
import { defineCommand, UsageError } from './command.ts';
import { COMPUTE_OPTIONS } from './trainingOptions.ts';

/** Sums in another order; what a state accumulates over a step stays far below this. */
const TOLERANCE = 1e-3;

export const command = defineCommand({
  options: {
    checkpoint: {
      type: 'text',
      help: 'A checkpoint file, or a shipped one by name.',
      placeholder: 'FILE|NAME',
      path: 'read',
      default: 'default',
    },
    out: {
      type: 'text',
      help: 'Where to: a file that ends in .onnx.',
      placeholder: 'FILE',
      path: 'written',
      required: true,
      check: (file) =>
        file.toLowerCase().endsWith('.onnx') ? undefined : 'accepted: a file that ends in .onnx',
    },
    states: {
      type: 'integer',
      help: 'States of play in which the file is compared with the policy.',
      default: 1000,
      min: 1,
      max: 1_000_000,
    },
    engine: COMPUTE_OPTIONS.engine,
  },
  async run({ options }) {
    const { out } = options;
    const { config, weights } = await readPolicy(options.checkpoint);
    let bytes: Uint8Array;
    try {
      bytes = encodeOnnx(policyGraph(config, weights));
    } catch (error) {
      if (error instanceof ExportError)
        throw new UsageError(
          `--checkpoint is ${JSON.stringify(options.checkpoint)}: ${error.message}`,
        );
      throw error;
    }
    const parity = await checkParity(config, weights, bytes, options.states, options.engine);
    const ok = parity.maxAbsError <= TOLERANCE;
    if (ok) {
      const unfinished = `${out}.part`;
      try {
        writeFileSync(unfinished, bytes);
        renameSync(unfinished, out);
      } finally {
        rmSync(unfinished, { force: true });
      }
    }
    return {
      json: { ok, ...parity, bytes: bytes.length, out: ok ? out : null },
      exitCode: ok ? 0 : 1,
    };
  },
});
