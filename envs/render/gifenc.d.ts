/** The part of gifenc that is used here; the package has no types of its own. */
declare module 'gifenc' {
  type Color = number[];
  interface Encoder {
    writeFrame(
      indices: Uint8Array,
      width: number,
      height: number,
      options: {
        palette?: Color[];
        delay?: number;
        dispose?: number;
        repeat?: number;
        transparent?: boolean;
        transparentIndex?: number;
      },
    ): void;
    finish(): void;
    bytes(): Uint8Array;
  }
  export interface Gifenc {
    GIFEncoder(): Encoder;
    quantize(rgba: Uint8ClampedArray, colors: number): Color[];
    applyPalette(rgba: Uint8ClampedArray, palette: Color[]): Uint8Array;
  }
  const gifenc: Gifenc;
  export default gifenc;
}
