/** A share in words: 0.953 is “95.3 %”. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
