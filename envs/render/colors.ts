import { PAINT } from '../thumbnail.ts';

/** The stage's colours on a dark screen (client/styles/tokens.css): an episode looks the same wherever it is shown. */
export const COLORS = {
  background: '#0c1015',
  ink: '#e8edf4',
  muted: '#a2aebd',
  planner: '#ff9a4a',
  doer: '#43c6f2',
  good: '#5fd49a',
  bad: '#ff8a80',
  floor: '#28313d',
  floorLine: '#333e4c',
  wall: '#56657a',
  wallEdge: '#10151b',
  fog: '#0a0e13',
  outline: '#0b0f14',
  objects: PAINT,
} as const;
