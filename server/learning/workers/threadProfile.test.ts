import type { Profiler } from 'node:inspector';
import { expect, test } from '@jest/globals';
import { kindsOf } from './threadProfile.ts';

/** A profile of stacks, outermost first, each `name@url` and sampled once for these microseconds. */
function profileOf(stacks: readonly (readonly [frames: string[], us: number])[]): Profiler.Profile {
  const nodes: (Profiler.ProfileNode & { children: number[] })[] = [node(1, '(root)@')];
  const samples: number[] = [];
  for (const [frames] of stacks) {
    let at = nodes[0];
    for (const frame of frames) {
      const next = node(nodes.length + 1, frame);
      nodes.push(next);
      at.children.push(next.id);
      at = next;
    }
    samples.push(at.id);
  }
  return { nodes, samples, timeDeltas: stacks.map(([, us]) => us), startTime: 0, endTime: 0 };
}

function node(id: number, frame: string) {
  const [functionName, url] = frame.split('@@');
  const callFrame = { functionName, url: url ?? '', scriptId: '', lineNumber: 0, columnNumber: 0 };
  return { id, callFrame, children: [] as number[] };
}

test('time goes to the kernel it was spent in, else to the innermost of our files, and waiting for work to nobody', () => {
  const learner = 'update@@file:///p/server/learning/ppo/learner.ts';
  const kernel = 'FusedSwiGLU@@file:///p/server/engine/wasmKernels.ts';
  const worlds = 'step@@file:///p/envs/episode.ts';
  expect(
    kindsOf(
      profileOf([
        [[learner, kernel, 'wasm-function[3]@@wasm://x', 'product'], 5],
        [[learner, kernel], 1],
        [[learner, 'runKernel@@file:///p/node_modules/@tensorflow/tfjs-core/dist/a.js'], 7],
        [[learner, worlds, '(garbage collector)'], 2],
        [['collect@@file:///p/server/learning/rollout/actor.ts', worlds, 'fill'], 11],
        [[learner, 'advise@@file:///p/envs/bot/bot.ts'], 3],
        [[learner, 'wait@@file:///p/server/learning/workers/collective.ts', 'wait'], 13],
        [['(idle)'], 1000],
        [['emit@@node:events'], 4],
      ]),
    ),
  ).toEqual({
    'kernel FusedSwiGLU': 6,
    'between kernels': 7,
    'garbage collection': 2,
    worlds: 11,
    'the expert': 3,
    'waiting for other workers': 13,
    other: 4,
  });
});
