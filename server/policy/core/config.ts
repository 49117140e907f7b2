/** The two recursive architectures this core reproduces. */
export type CoreArch = 'hrm' | 'trm';

export type PositionEncoding = 'rope' | 'learned' | 'none';

/**
 * Sizes of an HRM (arXiv 2506.21734) or TRM (arXiv 2510.04871). Field names are those of the
 * published configuration files, so that such a file can be read as it is.
 */
export interface CoreConfig {
  readonly arch: CoreArch;
  /** Input tokens of one sequence, puzzle embedding not counted. */
  readonly seq_len: number;
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_heads: number;
  /** Inner width of SwiGLU over hidden size, before the 2/3 and the rounding of `swigluWidth`. */
  readonly expansion: number;
  /** Planner (slow) layers; unused by TRM, whose one network plays both parts. */
  readonly H_layers: number;
  /** Doer (fast) layers. */
  readonly L_layers: number;
  /** Planner updates in one call (N in the paper). */
  readonly H_cycles: number;
  /** Doer updates for each Planner update (T in the paper). */
  readonly L_cycles: number;
  /** Calls after which a sequence is halted whatever its Q-values say. */
  readonly halt_max_steps: number;
  /** Probability that training forbids an early halt. */
  readonly halt_exploration_prob: number;
  readonly pos_encodings: PositionEncoding;
  readonly num_puzzle_identifiers: number;
  /** Width of the embedding of the puzzle's identifier; 0 for none. */
  readonly puzzle_emb_ndim: number;
  /** Tokens that the puzzle embedding takes up in front of the sequence. */
  readonly puzzle_emb_len: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  /** TRM: mix tokens with a SwiGLU over positions instead of attention. */
  readonly mlp_t: boolean;
  /** TRM: halt on q_halt > 0 alone, without learning q_continue. */
  readonly no_ACT_continue: boolean;
}

export class CoreConfigError extends Error {
  override name = 'CoreConfigError';
}

function fail(field: string, given: unknown, accepted: string): never {
  throw new CoreConfigError(
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

function positions(fields: Fields, arch: CoreArch): PositionEncoding {
  const value = fields.pos_encodings;
  if (value === 'rope' || value === 'learned') return value;
  // TRM's reference takes any other word to mean "no positions"; one word for it is enough here.
  if (value === 'none' && arch === 'trm') return value;
  return fail(
    'pos_encodings',
    value,
    `"rope"${arch === 'trm' ? ', "learned" or "none"' : ' or "learned"'}`,
  );
}

/**
 * Reads a configuration in the published form and fills in its defaults. Keys it does not know are ignored.
 * @throws CoreConfigError naming the field, what was given and what is accepted.
 */
export function parseCoreConfig(arch: CoreArch, given: unknown): CoreConfig {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new CoreConfigError('config: expected an object');
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
    seq_len: integer(fields, 'seq_len', 1),
    vocab_size: integer(fields, 'vocab_size', 1),
    hidden_size: hidden,
    num_heads: heads,
    expansion: real(fields, 'expansion', 'a positive number', (x) => x > 0),
    H_layers: arch === 'hrm' ? integer(fields, 'H_layers', 1) : 0,
    L_layers: integer(fields, 'L_layers', 1),
    H_cycles: integer(fields, 'H_cycles', 1),
    L_cycles: integer(fields, 'L_cycles', 1),
    halt_max_steps: integer(fields, 'halt_max_steps', 1),
    halt_exploration_prob: real(
      fields,
      'halt_exploration_prob',
      'a probability',
      (x) => x >= 0 && x <= 1,
      0,
    ),
    pos_encodings: pos,
    num_puzzle_identifiers: integer(fields, 'num_puzzle_identifiers', 1, 1),
    puzzle_emb_ndim: puzzleWidth,
    puzzle_emb_len: asked || puzzleTokens,
    rms_norm_eps: real(fields, 'rms_norm_eps', 'a positive number', (x) => x > 0, 1e-5),
    rope_theta: real(fields, 'rope_theta', 'a positive number', (x) => x > 0, 10000),
    mlp_t: arch === 'trm' && flag(fields, 'mlp_t', false),
    no_ACT_continue: arch === 'trm' && flag(fields, 'no_ACT_continue', true),
  };
}

/** Rounds to the nearest integer and halves to the even one, as the reference's language does. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** Inner width of a SwiGLU: two thirds of `expansion · width`, rounded up to a multiple of 256. */
export function swigluWidth(width: number, expansion: number): number {
  return Math.ceil(roundHalfEven((expansion * width * 2) / 3) / 256) * 256;
}

/** Tokens a module works on: the puzzle embedding's, then the sequence's. */
export function totalLength(config: CoreConfig): number {
  return config.seq_len + config.puzzle_emb_len;
}

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** Shapes of all trained weights under their PyTorch names; matrices are `[out, in]`. */
export function parameterShapes(config: CoreConfig): Shapes {
  const D = config.hidden_size;
  const shapes = new Map<string, readonly number[]>([
    ['inner.embed_tokens.embedding_weight', [config.vocab_size, D]],
    ['inner.lm_head.weight', [config.vocab_size, D]],
    ['inner.q_head.weight', [2, D]],
    ['inner.q_head.bias', [2]],
  ]);
  if (config.pos_encodings === 'learned')
    shapes.set('inner.embed_pos.embedding_weight', [totalLength(config), D]);
  const swiglu = (prefix: string, width: number) => {
    const inner = swigluWidth(width, config.expansion);
    shapes.set(`${prefix}.gate_up_proj.weight`, [2 * inner, width]);
    shapes.set(`${prefix}.down_proj.weight`, [width, inner]);
  };
  const levels = config.arch === 'hrm' ? (['H', 'L'] as const) : (['L'] as const);
  for (const level of levels) {
    const layers = level === 'H' ? config.H_layers : config.L_layers;
    for (let i = 0; i < layers; i++) {
      const prefix = `inner.${level}_level.layers.${i}`;
      if (config.mlp_t) swiglu(`${prefix}.mlp_t`, totalLength(config));
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
export function bufferShapes(config: CoreConfig): Shapes {
  const shapes = new Map<string, readonly number[]>([
    ['inner.H_init', [config.hidden_size]],
    ['inner.L_init', [config.hidden_size]],
  ]);
  if (config.puzzle_emb_ndim > 0)
    shapes.set('inner.puzzle_emb.weights', [config.num_puzzle_identifiers, config.puzzle_emb_ndim]);
  return shapes;
}

/** Number of trained weights, without allocating any. */
export function countParameters(config: CoreConfig): number {
  let count = 0;
  for (const shape of parameterShapes(config).values()) count += shape.reduce((a, b) => a * b, 1);
  return count;
}

/**
 * The paper's sizes (27 M weights): width 512, 8 heads, 4 + 4 layers, N = T = 2, rotary positions.
 * Only the task's own sizes have to be given.
 */
export function paperConfig(task: {
  seq_len: number;
  vocab_size: number;
  num_puzzle_identifiers?: number;
}): CoreConfig {
  return parseCoreConfig('hrm', {
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
