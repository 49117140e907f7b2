import { NUM_ACTIONS } from '../../../shared/constants.ts';
import { Policy, type Weights } from '../../policy/model.ts';
import { parameterSpecs } from '../../policy/parameters.ts';
import type { PolicyConfig } from '../../policy/presets.ts';
import { firstThought, plan, type StepInput, secondThought } from '../../policy/step.ts';
import { GOAL_FEATURES, STATE_FEATURES, WORD_FEATURES } from '../../tasks/babyai/features.ts';
import { OBJECT_FEATURES } from '../../tasks/babyai/objectTokens.ts';
import { GraphBuilder, type Traced } from './graph.ts';
import { DataType, type OnnxModel, type OnnxValue } from './proto.ts';
import { tracingEngine } from './trace.ts';

/** Sizes of the sample that is traced; the graph takes any. */
const WORDS = 5;
const OBJECTS = 3;
const EVENTS = 2;
/** With one before them that stands for none. No other number of rows may be the same. */
const PADDED = OBJECTS + 1;

const DOC = `One step of the policy for one observation, with the decisions given: the Doer thinks with the goal it has;
where "replanned" is 1 the Planner updates its state and the Doer thinks again with "new_goal". Inputs are row numbers of
embedding tables (-1: none), as the project's InputBuilder writes them.`;

/**
 * A policy as an ONNX graph that does one step for one observation, with the decisions given (`step`): the model's
 * own code is traced. Whoever runs it reads `halt` and the goal's scores, decides, and runs it again where a new
 * goal is chosen. Throws an ExportError for a model that uses what the export does not know.
 */
export function policyGraph(config: PolicyConfig, flat: Float32Array): OnnxModel {
  const graph = new GraphBuilder();
  const size = config.latents * config.width;
  const arrays = new Map<object, Traced>();
  const input = <T extends object>(name: string, array: T, shape: readonly number[]): T => {
    arrays.set(array, { name, shape });
    return array;
  };
  const words = new Int32Array(WORDS * WORD_FEATURES);
  const given: StepInput = {
    inputs: {
      batch: 1,
      state: input('state', new Int32Array(STATE_FEATURES), [1, STATE_FEATURES]),
      objects: new Int32Array(PADDED * OBJECT_FEATURES),
      words: input('words', words, [WORDS, WORD_FEATURES]),
      objectReads: spans(PADDED, [0, WORDS, WORDS, EVENTS]),
      events: new Int32Array(EVENTS),
      sentences: spans(WORDS, [0, WORDS, 0, 0]),
      tokens: Int32Array.of(0, OBJECTS, OBJECTS, WORDS),
    },
    zH: input('z_h', new Float32Array(size), [1, size]),
    zL: input('z_l', new Float32Array(size), [1, size]),
    goals: input('goal', new Int32Array(GOAL_FEATURES), [1, GOAL_FEATURES]),
  };
  const none = graph.integers(Array<number>(OBJECT_FEATURES).fill(-1), [1, OBJECT_FEATURES]);
  const padded = graph.node('Concat', [none, 'objects'], [PADDED, OBJECT_FEATURES], { axis: 0 });
  arrays.set(given.inputs.objects, padded);
  arrays.set(given.inputs.events, graph.node('Add', ['events', graph.integers([1])], [EVENTS]));
  const newGoals = input('new_goal', new Int32Array(GOAL_FEATURES), [1, GOAL_FEATURES]);
  const model = new Policy(tracingEngine(graph, arrays, PADDED), config);
  const weights = weightsOf(graph, config, flat);
  const first = traced(firstThought(model, weights, given));
  const outputs: [string, Traced][] = [['halt', first.halt]];
  let { zH, zL } = first;
  if (model.hasPlanner) {
    const planners = {
      ...{ rows: Int32Array.of(0), spans: given.inputs.tokens, keptGoals: given.goals },
      merge: Int32Array.of(1),
    };
    const planned = plan(model, weights, given, untraced(first), planners);
    const goals = traced(planned.goals);
    outputs.push(['goal_logits', goals.logits], ['goal_query', goals.query]);
    outputs.push(['goal_keys', goals.keys]);
    const second = traced(
      secondThought(model, weights, given, untraced(first), planned, planners, newGoals),
    );
    const replanned = graph.node('Equal', ['replanned', graph.integers([1])], [1]);
    zH = graph.node('Where', [replanned, second.zH, zH], zH.shape);
    zL = graph.node('Where', [replanned, second.zL, zL], zL.shape);
  }
  const logits = traced(model.actionLogits(weights, tensor(zL)));
  outputs.push(['probabilities', graph.node('Softmax', [logits], [1, NUM_ACTIONS], { axis: -1 })]);
  outputs.push(['value', traced(model.value(weights, tensor(zH), tensor(zL)))]);
  outputs.push(['next_z_h', zH], ['next_z_l', zL]);
  for (const [name, value] of outputs) graph.rename(value, name);
  return graph.model({
    name: 'policy',
    doc: DOC,
    inputs: inputsOf(size, model.hasPlanner),
    outputs: outputs.map(
      ([name, { shape }]): OnnxValue => ({
        name,
        type: DataType.float,
        dims: name === 'goal_keys' ? ['tokens', shape[1]] : shape,
      }),
    ),
    metadata: { config: JSON.stringify(config) },
  });
}

function inputsOf(size: number, hasPlanner: boolean): OnnxValue[] {
  const { int64, float } = DataType;
  return [
    { name: 'state', type: int64, dims: [1, STATE_FEATURES] },
    { name: 'objects', type: int64, dims: ['objects', OBJECT_FEATURES] },
    { name: 'events', type: int64, dims: ['events'] },
    { name: 'words', type: int64, dims: ['words', WORD_FEATURES] },
    { name: 'goal', type: int64, dims: [1, GOAL_FEATURES] },
    { name: 'z_h', type: float, dims: [1, size] },
    { name: 'z_l', type: float, dims: [1, size] },
    ...(hasPlanner
      ? [
          { name: 'replanned', type: int64, dims: [1] },
          { name: 'new_goal', type: int64, dims: [1, GOAL_FEATURES] },
        ]
      : []),
  ];
}

function spans(count: number, one: readonly number[]): Int32Array {
  return Int32Array.from({ length: count * 4 }, (_, i) => one[i % 4]);
}

/** Weights under their names in checkpoints; tables that are read by row end with a row of zeros. */
function weightsOf(graph: GraphBuilder, config: PolicyConfig, flat: Float32Array): Weights {
  // Cast: on the tracing engine weights are values of the graph, as tensors are.
  return Object.fromEntries(
    parameterSpecs(config).map(({ name, shape, offset, size }) => {
      const isTable = name.endsWith('.embedding');
      const data = new Float32Array(size + (isTable ? shape[1] : 0));
      data.set(flat.subarray(offset, offset + size));
      return [name, graph.weight(name, data, isTable ? [shape[0] + 1, shape[1]] : shape)];
    }),
  ) as unknown as Weights;
}

// Cast: the model's code speaks of tensors; on the tracing engine they are values of the graph.
type Tensor = Parameters<Policy['value']>[1];
const tensor = (value: Traced) => value as unknown as Tensor;
type AsTraced<T> = { [K in keyof T]: Traced };
const traced = <T>(value: T) =>
  value as unknown as T extends { shape: unknown } ? Traced : AsTraced<T>;
const untraced = <T>(value: AsTraced<T>) => value as unknown as T;
