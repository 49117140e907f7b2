// Sums of table rows, and their gradient by scatter-add in the order of the indices (deterministic).

/** out[n,d] = sum over k of table[indices[n,k]]; an index below 0 is no row. */
export function embedSum(table: usize, indices: usize, out: usize, n: i32, k: i32, d: i32): void {
  const bytes = <usize>d << 2;
  // Blocks of columns whose sums fit into registers: the rows are then read, and nothing else.
  const blocks = bytes & ~127;
  const d4 = <usize>(d & ~3) << 2;
  const list = <usize>k << 2;
  // Column by column of blocks, so that the part of the table in use stays in the cache.
  for (let at: usize = 0; at < blocks; at += 128) {
    const column = table + at;
    let p = indices;
    let to = out + at;
    for (let i = 0; i < n; i++) {
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let s4 = s0;
      let s5 = s0;
      let s6 = s0;
      let s7 = s0;
      for (const end = p + list; p < end; p += 4) {
        const index = load<i32>(p);
        if (index < 0) continue;
        const row = column + <usize>index * bytes;
        s0 = f32x4.add(s0, v128.load(row));
        s1 = f32x4.add(s1, v128.load(row, 16));
        s2 = f32x4.add(s2, v128.load(row, 32));
        s3 = f32x4.add(s3, v128.load(row, 48));
        s4 = f32x4.add(s4, v128.load(row, 64));
        s5 = f32x4.add(s5, v128.load(row, 80));
        s6 = f32x4.add(s6, v128.load(row, 96));
        s7 = f32x4.add(s7, v128.load(row, 112));
      }
      v128.store(to, s0);
      v128.store(to, s1, 16);
      v128.store(to, s2, 32);
      v128.store(to, s3, 48);
      v128.store(to, s4, 64);
      v128.store(to, s5, 80);
      v128.store(to, s6, 96);
      v128.store(to, s7, 112);
      to += bytes;
    }
  }
  if (blocks == bytes) return;
  for (let i = 0; i < n; i++) {
    memory.fill(out + blocks, 0, bytes - blocks);
    for (const end = indices + list; indices < end; indices += 4) {
      const index = load<i32>(indices);
      if (index < 0) continue;
      const row = table + <usize>index * bytes;
      let at = blocks;
      for (; at < d4; at += 16) v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(row + at)));
      for (; at < bytes; at += 4) store<f32>(out + at, load<f32>(out + at) + load<f32>(row + at));
    }
    out += bytes;
  }
}

/** dTable[rows,d] = scatter-add of dy[n,d] to the rows that made it. */
export function embedSumGrad(dy: usize, indices: usize, dTable: usize, n: i32, k: i32, d: i32, rows: i32): void {
  const bytes = <usize>d << 2;
  const blocks = bytes & ~127;
  const d4 = <usize>(d & ~3) << 2;
  const list = <usize>k << 2;
  memory.fill(dTable, 0, <usize>rows * bytes);
  for (let at: usize = 0; at < blocks; at += 128) {
    const column = dTable + at;
    let p = indices;
    let from = dy + at;
    for (let i = 0; i < n; i++) {
      const g0 = v128.load(from);
      const g1 = v128.load(from, 16);
      const g2 = v128.load(from, 32);
      const g3 = v128.load(from, 48);
      const g4 = v128.load(from, 64);
      const g5 = v128.load(from, 80);
      const g6 = v128.load(from, 96);
      const g7 = v128.load(from, 112);
      for (const end = p + list; p < end; p += 4) {
        const index = load<i32>(p);
        if (index < 0) continue;
        const row = column + <usize>index * bytes;
        v128.store(row, f32x4.add(v128.load(row), g0));
        v128.store(row, f32x4.add(v128.load(row, 16), g1), 16);
        v128.store(row, f32x4.add(v128.load(row, 32), g2), 32);
        v128.store(row, f32x4.add(v128.load(row, 48), g3), 48);
        v128.store(row, f32x4.add(v128.load(row, 64), g4), 64);
        v128.store(row, f32x4.add(v128.load(row, 80), g5), 80);
        v128.store(row, f32x4.add(v128.load(row, 96), g6), 96);
        v128.store(row, f32x4.add(v128.load(row, 112), g7), 112);
      }
      from += bytes;
    }
  }
  if (blocks == bytes) return;
  for (let i = 0; i < n; i++) {
    for (const end = indices + list; indices < end; indices += 4) {
      const index = load<i32>(indices);
      if (index < 0) continue;
      const row = dTable + <usize>index * bytes;
      let at = blocks;
      for (; at < d4; at += 16) v128.store(row + at, f32x4.add(v128.load(row + at), v128.load(dy + at)));
      for (; at < bytes; at += 4) store<f32>(row + at, load<f32>(row + at) + load<f32>(dy + at));
    }
    dy += bytes;
  }
}

/** The least of n indices. */
export function indexLow(indices: usize, n: i32): i32 {
  let low = i32.MAX_VALUE;
  for (let i = 0; i < n; i++) low = min(low, load<i32>(indices + (<usize>i << 2)));
  return low;
}

/** The greatest of n indices. */
export function indexHigh(indices: usize, n: i32): i32 {
  let high = i32.MIN_VALUE;
  for (let i = 0; i < n; i++) high = max(high, load<i32>(indices + (<usize>i << 2)));
  return high;
}

/** out[m] = sum of the rows of x[n,m]. */
export function columnSum(x: usize, out: usize, n: i32, m: i32): void {
  const bytes = <usize>m << 2;
  const m4 = <usize>(m & ~3) << 2;
  memory.fill(out, 0, bytes);
  for (let i = 0; i < n; i++) {
    let at: usize = 0;
    for (; at < m4; at += 16) v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(x + at)));
    for (; at < bytes; at += 4) store<f32>(out + at, load<f32>(out + at) + load<f32>(x + at));
    x += bytes;
  }
}
