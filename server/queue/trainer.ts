import { beTrainer } from './trainerLife.ts';

await beTrainer();
