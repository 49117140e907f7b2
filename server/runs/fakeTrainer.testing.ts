import { createFakeSession } from './fakeSession.testing.ts';
import { runTrainer } from './trainerLoop.ts';
import { beTrainer } from './trainerProcess.ts';

/** A trainer process around the session that fails on demand. */
await beTrainer((channel) => runTrainer(channel, createFakeSession));
