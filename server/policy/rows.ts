type Column = Float32Array | Int32Array | Uint8Array | Int8Array;

/** The rows `rows` of a column, `width` entries each, packed in that order. */
export function pickRows<T extends Column>(column: T, rows: Int32Array, width: number): T {
  const packed = new (column.constructor as new (length: number) => T)(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i] * width;
    for (let k = 0; k < width; k++) packed[i * width + k] = column[from + k];
  }
  return packed;
}
