const root = process.argv[2];
const { settingsFor } = await import(root + '/shared/config.ts');
const { DEFAULT_REWARDS } = await import(root + '/shared/rewards.ts');
const { Session } = await import(root + '/server/learning/session.ts');
const session = await Session.create({
  levelId: 'BabyAI-GoToObjS4-v0', init: 'scratch', policy: 'hrm', preset: 'paper', seed: 5,
  settings: { ...settingsFor('scratch'), environments: 2, rolloutSteps: 4, minibatches: 1, epochs: 1, evalEvery: 0 },
  rewards: DEFAULT_REWARDS, engine: 'webgpu', workers: 1, runId: 'test',
});
for (let i = 0; i < 2; i++) { const t = performance.now(); const { point } = await session.update(); console.log(i, ((performance.now() - t) / 1000).toFixed(2) + ' s', Math.round(process.memoryUsage().rss/1e6)+' MB', point.values.gradNorm, point.values.policyLoss); }
await session.dispose();
process.exit(0);
