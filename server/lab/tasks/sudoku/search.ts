/** Sizes of a Sudoku: `side` digits, boxes of `boxRows` × `boxColumns` cells. */
export interface Geometry {
  readonly side: number;
  readonly boxRows: number;
  readonly boxColumns: number;
  /** For each cell the rows, columns and boxes it belongs to, as indices of units. */
  readonly unitsOf: readonly (readonly [number, number, number])[];
  /** Cells of each unit: rows, then columns, then boxes. */
  readonly units: readonly (readonly number[])[];
}

export function geometryOf(boxRows: number, boxColumns: number): Geometry {
  const side = boxRows * boxColumns;
  const units: number[][] = Array.from({ length: 3 * side }, () => []);
  const unitsOf: [number, number, number][] = [];
  for (let cell = 0; cell < side * side; cell++) {
    const row = Math.floor(cell / side);
    const column = cell % side;
    const box = Math.floor(row / boxRows) * boxRows + Math.floor(column / boxColumns);
    const own: [number, number, number] = [row, side + column, 2 * side + box];
    for (const unit of own) units[unit].push(cell);
    unitsOf.push(own);
  }
  return { side, boxRows, boxColumns, unitsOf, units };
}

export interface SearchResult {
  /** Solutions found, at most `limit`; -1 if the search was given up. */
  readonly solutions: number;
  /** The first solution, digits from 1. */
  readonly first?: Uint8Array;
  /** Places where no move was forced and the search had to try. */
  readonly guesses: number;
}

const bitCount = (mask: number): number => {
  let count = 0;
  for (let rest = mask; rest; rest &= rest - 1) count++;
  return count;
};

/**
 * Looks for solutions of `cells` (0 where blank), which must not break a rule already. Moves that are forced (one digit
 * left for a cell, or one cell left for a digit) come first; else the cell with the fewest digits is tried.
 * @param order in which digits are tried; ascending unless given
 * @param budget moves after which the search is given up
 */
export function search(
  geometry: Geometry,
  cells: Uint8Array,
  {
    limit = 2,
    order,
    budget = 2_000_000,
  }: { limit?: number; order?: ArrayLike<number>; budget?: number } = {},
): SearchResult {
  const { side, unitsOf, units } = geometry;
  const board = Uint8Array.from(cells);
  const used = new Int32Array(3 * side);
  const all = (1 << side) - 1;
  const put = (cell: number, digit: number, sign: 1 | -1) => {
    board[cell] = sign > 0 ? digit : 0;
    for (const unit of unitsOf[cell]) used[unit] += sign * (1 << (digit - 1));
  };
  const blanks: number[] = [];
  for (let cell = 0; cell < board.length; cell++) {
    if (board[cell]) put(cell, board[cell], 1);
    else blanks.push(cell);
  }
  const freeOf = (cell: number) => {
    const [a, b, c] = unitsOf[cell];
    return all & ~(used[a] | used[b] | used[c]);
  };
  let solutions = 0;
  let first: Uint8Array | undefined;
  let guesses = 0;
  let moves = 0;

  /** The cell to fill next and its digits; a mask of 0 means a dead end. */
  const choose = (): { cell: number; mask: number } => {
    let best = -1;
    let bestMask = 0;
    let fewest = side + 1;
    for (const cell of blanks) {
      if (board[cell]) continue;
      const mask = freeOf(cell);
      const count = bitCount(mask);
      if (count <= 1) return { cell, mask };
      if (count < fewest) {
        fewest = count;
        best = cell;
        bestMask = mask;
      }
    }
    for (let unit = 0; unit < units.length; unit++) {
      let once = 0;
      let twice = used[unit];
      for (const cell of units[unit]) {
        if (board[cell]) continue;
        const mask = freeOf(cell);
        twice |= once & mask;
        once |= mask;
      }
      if ((once | used[unit]) !== all) return { cell: best, mask: 0 };
      const single = once & ~twice;
      if (single === 0) continue;
      const bit = single & -single;
      const cell = units[unit].find((candidate) => !board[candidate] && freeOf(candidate) & bit);
      return { cell: cell as number, mask: bit };
    }
    return { cell: best, mask: bestMask };
  };

  const go = (left: number): boolean => {
    if (left === 0) {
      first ??= Uint8Array.from(board);
      return ++solutions >= limit;
    }
    if (++moves > budget) return true;
    const { cell, mask } = choose();
    if (mask === 0) return false;
    if (mask & (mask - 1)) guesses++;
    for (let i = 0; i < side; i++) {
      const digit = order ? order[i] : i + 1;
      if (!(mask & (1 << (digit - 1)))) continue;
      put(cell, digit, 1);
      const stop = go(left - 1);
      put(cell, digit, -1);
      if (stop) return true;
    }
    return false;
  };
  go(blanks.length);
  return { solutions: moves > budget && solutions < limit ? -1 : solutions, first, guesses };
}

/** The first rule that `cells` (0 where blank) break: the digit, the unit in words, and the cells; else nothing. */
export function firstClash(
  { side, units }: Geometry,
  cells: Uint8Array,
): { digit: number; where: string; cells: number[] } | undefined {
  for (const [unit, members] of units.entries()) {
    for (let digit = 1; digit <= side; digit++) {
      const holding = members.filter((cell) => cells[cell] === digit);
      if (holding.length > 1) {
        const kind = ['row', 'column', 'box'][Math.floor(unit / side)];
        return { digit, where: `${kind} ${(unit % side) + 1}`, cells: holding };
      }
    }
  }
  return undefined;
}
