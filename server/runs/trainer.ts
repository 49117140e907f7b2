import { createTrainSession } from '../learning/session.ts';
import { runTrainer } from './trainerLoop.ts';
import { beTrainer } from './trainerProcess.ts';

await beTrainer((channel) => runTrainer(channel, createTrainSession));
