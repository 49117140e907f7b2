/** The two published architectures, and a plain stack of the same blocks without recursion to compare them with. */
export type PaperArch = 'hrm' | 'trm' | 'flat';

export type PositionEncoding = 'rope' | 'learned' | 'none';

/**
 * Sizes of an HRM (arXiv 2506.21734) or TRM (arXiv 2510.04871), in the words of the live policy's sizes.
 * `parsePaperConfig` reads them from the published configuration files, which have names of their own.
 */
export interface PaperConfig {
  readonly arch: PaperArch;
  /** Input tokens of one sequence, puzzle embedding not counted. */
  readonly seqLen: number;
  readonly vocabSize: number;
  readonly width: number;
  readonly heads: number;
  /** Inner width of SwiGLU over hidden size, before the 2/3 and the rounding of `swigluWidth`. */
  readonly expansion: number;
  /** Inner widths are rounded up to a multiple of this; the reference's 256 is more than a small network can afford. */
  readonly swigluMultiple: number;
  /** Planner (slow) layers; only HRM's, because TRM's one network plays both parts. */
  readonly hLayers: number;
  /** Doer (fast) layers. */
  readonly lLayers: number;
  /** Planner updates in one call (N in the paper). */
  readonly hCycles: number;
  /** Doer updates for each Planner update (T in the paper). */
  readonly lCycles: number;
  /** Calls after which a sequence is halted whatever its Q-values say. */
  readonly haltMaxSteps: number;
  /** Probability that training forbids an early halt. */
  readonly haltExplorationProb: number;
  readonly posEncodings: PositionEncoding;
  readonly numPuzzleIdentifiers: number;
  /** Width of the embedding of the puzzle's identifier; 0 for none. */
  readonly puzzleWidth: number;
  /** Tokens that the puzzle embedding takes up in front of the sequence. */
  readonly puzzleTokens: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  /** TRM and flat: mix tokens with a SwiGLU over positions instead of attention. */
  readonly mixTokensByMlp: boolean;
  /** Halt on q_halt > 0 alone, without learning q_continue. The reference's HRM always learns it. */
  readonly noActContinue: boolean;
}

export class PaperConfigError extends Error {
  override name = 'PaperConfigError';
}

function fail(field: string, given: unknown, accepted: string): never {
  throw new PaperConfigError(
    `config.${field}: got ${JSON.stringify(given) ?? 'nothing'}, expected ${accepted}`,
  );
}

type Fields = Record<string, unknown>;

function integer(fields: Fields, name: string, least: number, fallback?: number): number {
  const value = fields[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
    fail(name, value, `an integer of at least ${least}`);
  return value;
}

function real(
  fields: Fields,
  name: string,
  accepted: string,
  ok: (x: number) => boolean,
  fallback?: number,
): number {
  const value = fields[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value) || !ok(value))
    fail(name, value, accepted);
  return value;
}

function flag(fields: Fields, name: string, fallback: boolean): boolean {
  const value = fields[name] ?? fallback;
  if (typeof value !== 'boolean') fail(name, value, 'true or false');
  return value;
}

function positions(fields: Fields, arch: PaperArch): PositionEncoding {
  const value = fields.pos_encodings;
  if (value === 'rope' || value === 'learned') return value;
  // TRM's reference takes any other word to mean "no positions"; one word for it is enough here.
  if (value === 'none' && arch !== 'hrm') return value;
  return fail(
    'pos_encodings',
    value,
    `"rope"${arch !== 'hrm' ? ', "learned" or "none"' : ' or "learned"'}`,
  );
}

/**
 * Reads a configuration in the published form and fills in its defaults. Keys it does not know are ignored.
 * @throws PaperConfigError naming the field, what was given and what is accepted.
 */
export function parsePaperConfig(arch: PaperArch, given: unknown): PaperConfig {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new PaperConfigError('config: expected an object');
  const fields = given as Fields;
  const hidden = integer(fields, 'hidden_size', 1);
  const heads = integer(fields, 'num_heads', 1);
  if (hidden % heads !== 0)
    fail('num_heads', heads, `a divisor of config.hidden_size, which is ${hidden}`);
  const pos = positions(fields, arch);
  if (pos === 'rope' && (hidden / heads) % 2 !== 0)
    fail('num_heads', heads, 'an even width of each head, which rotary positions need');
  const puzzleWidth = integer(fields, 'puzzle_emb_ndim', 0, 0);
  const puzzleTokens = Math.ceil(puzzleWidth / hidden);
  const asked = arch === 'trm' ? integer(fields, 'puzzle_emb_len', 0, 0) : 0;
  if (asked !== 0 && asked < Math.max(1, puzzleTokens))
    fail('puzzle_emb_len', asked, `0 or at least ${puzzleTokens}`);
  if (asked !== 0 && puzzleWidth === 0)
    fail('puzzle_emb_len', asked, '0 where config.puzzle_emb_ndim is 0');
  return {
    arch,
    seqLen: integer(fields, 'seq_len', 1),
    vocabSize: integer(fields, 'vocab_size', 1),
    width: hidden,
    heads: heads,
    expansion: real(fields, 'expansion', 'a positive number', (x) => x > 0),
    swigluMultiple: integer(fields, 'swiglu_multiple', 1, SWIGLU_MULTIPLE),
    hLayers: arch === 'hrm' ? integer(fields, 'H_layers', 1) : 0,
    lLayers: integer(fields, 'L_layers', 1),
    hCycles: arch === 'flat' ? 1 : integer(fields, 'H_cycles', 1),
    lCycles: arch === 'flat' ? 1 : integer(fields, 'L_cycles', 1),
    haltMaxSteps: integer(fields, 'halt_max_steps', 1),
    haltExplorationProb: real(
      fields,
      'halt_exploration_prob',
      'a probability',
      (x) => x >= 0 && x <= 1,
      0,
    ),
    posEncodings: pos,
    numPuzzleIdentifiers: integer(fields, 'num_puzzle_identifiers', 1, 1),
    puzzleWidth: puzzleWidth,
    puzzleTokens: asked || puzzleTokens,
    rmsNormEps: real(fields, 'rms_norm_eps', 'a positive number', (x) => x > 0, 1e-5),
    ropeTheta: real(fields, 'rope_theta', 'a positive number', (x) => x > 0, 10000),
    mixTokensByMlp: arch !== 'hrm' && flag(fields, 'mlp_t', false),
    noActContinue: flag(fields, 'no_ACT_continue', arch !== 'hrm'),
  };
}

/** Rounds to the nearest integer and halves to the even one, as the reference's language does. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

const SWIGLU_MULTIPLE = 256;

/** Inner width of a SwiGLU: two thirds of `expansion · width`, rounded up to a multiple. */
export function swigluWidth(
  width: number,
  expansion: number,
  multiple: number = SWIGLU_MULTIPLE,
): number {
  return Math.ceil(roundHalfEven((expansion * width * 2) / 3) / multiple) * multiple;
}

/** Tokens a module works on: the puzzle embedding's, then the sequence's. */
export function totalLength(config: PaperConfig): number {
  return config.seqLen + config.puzzleTokens;
}

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** Shapes of all trained weights under their PyTorch names; matrices are `[out, in]`. */
export function parameterShapes(config: PaperConfig): Shapes {
  const D = config.width;
  const shapes = new Map<string, readonly number[]>([
    ['inner.embed_tokens.embedding_weight', [config.vocabSize, D]],
    ['inner.lm_head.weight', [config.vocabSize, D]],
    ['inner.q_head.weight', [2, D]],
    ['inner.q_head.bias', [2]],
  ]);
  if (config.posEncodings === 'learned')
    shapes.set('inner.embed_pos.embedding_weight', [totalLength(config), D]);
  const swiglu = (prefix: string, width: number) => {
    const inner = swigluWidth(width, config.expansion, config.swigluMultiple);
    shapes.set(`${prefix}.gate_up_proj.weight`, [2 * inner, width]);
    shapes.set(`${prefix}.down_proj.weight`, [width, inner]);
  };
  const levels = config.arch === 'hrm' ? (['H', 'L'] as const) : (['L'] as const);
  for (const level of levels) {
    const layers = level === 'H' ? config.hLayers : config.lLayers;
    for (let i = 0; i < layers; i++) {
      const prefix = `inner.${level}_level.layers.${i}`;
      if (config.mixTokensByMlp) swiglu(`${prefix}.mlp_t`, totalLength(config));
      else {
        shapes.set(`${prefix}.self_attn.qkv_proj.weight`, [3 * D, D]);
        shapes.set(`${prefix}.self_attn.o_proj.weight`, [D, D]);
      }
      swiglu(`${prefix}.mlp`, D);
    }
  }
  return shapes;
}

/** Shapes of the tensors that are stored with the weights but not trained by the main optimiser. */
export function bufferShapes(config: PaperConfig): Shapes {
  const shapes = new Map<string, readonly number[]>([
    ['inner.H_init', [config.width]],
    ['inner.L_init', [config.width]],
  ]);
  if (config.puzzleWidth > 0)
    shapes.set('inner.puzzle_emb.weights', [config.numPuzzleIdentifiers, config.puzzleWidth]);
  return shapes;
}

/** Number of trained weights, without allocating any. */
export function countParameters(config: PaperConfig): number {
  let count = 0;
  for (const shape of parameterShapes(config).values()) count += shape.reduce((a, b) => a * b, 1);
  return count;
}

/**
 * The paper's sizes (27 M weights): width 512, 8 heads, 4 + 4 layers, N = T = 2, rotary positions.
 * Only the task's own sizes have to be given.
 */
export function paperSizes(task: {
  seq_len: number;
  vocab_size: number;
  num_puzzle_identifiers?: number;
}): PaperConfig {
  return parsePaperConfig('hrm', {
    hidden_size: 512,
    num_heads: 8,
    expansion: 4,
    H_layers: 4,
    L_layers: 4,
    H_cycles: 2,
    L_cycles: 2,
    halt_max_steps: 16,
    halt_exploration_prob: 0.1,
    pos_encodings: 'rope',
    puzzle_emb_ndim: task.num_puzzle_identifiers ? 512 : 0,
    ...task,
  });
}
