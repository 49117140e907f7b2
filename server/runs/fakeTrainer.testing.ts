import { createFakeSession } from './fakeSession.testing.ts';
import { beTrainer } from './processChannel.ts';
import { runTrainer } from './trainerLoop.ts';

/** A trainer process around the session that fails on demand. */
await beTrainer((channel) => runTrainer(channel, createFakeSession));
