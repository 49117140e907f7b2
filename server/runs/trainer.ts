import { createTrainSession } from '../learning/session.ts';
import { beTrainer } from './processChannel.ts';
import { runTrainer } from './trainerLoop.ts';

await beTrainer((channel) => runTrainer(channel, createTrainSession));
