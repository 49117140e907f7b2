import type { ActResult } from '../../policy/act.ts';

/**
 * What the Planner decided in a rollout, and with which probability: whether to keep its goal, and which one to choose.
 * Step-major like the rollout: entry `t * envs + e`.
 */
export class PlannersDecisions {
  /** 1 where the goal was kept, 0 where the Planner thought anew; −1 where it had no choice. */
  readonly gates: Int8Array;
  /** log π of that. */
  readonly gateLogProbs: Float32Array;
  /** The goal that it chose, as classes; −1 where it chose none. */
  readonly subgoals: Int32Array;
  readonly targets: Int32Array;
  /** log π of subgoal and target together. */
  readonly goalLogProbs: Float32Array;
  /** What the Planner's critic says before each decision, and after the rollout's last step, [envs]. */
  readonly values: Float32Array;
  readonly lastValues: Float32Array;
  /** Rewards without what the Doer is paid for goals: nobody is paid for choosing easy ones. */
  readonly rewards: Float32Array;
  /** What learning adds: see `plannersAdvantages`. */
  readonly gateAdvantages: Float32Array;
  readonly goalAdvantages: Float32Array;
  readonly returns: Float32Array;
  /** log π of the same decisions by the policy that is not to be left. */
  readonly startGates: Float32Array;
  readonly startGoals: Float32Array;

  constructor(steps: number, envs: number) {
    const n = steps * envs;
    this.gates = new Int8Array(n).fill(-1);
    this.gateLogProbs = new Float32Array(n);
    this.subgoals = new Int32Array(n).fill(-1);
    this.targets = new Int32Array(n).fill(-1);
    this.goalLogProbs = new Float32Array(n);
    this.values = new Float32Array(n);
    this.lastValues = new Float32Array(envs);
    this.rewards = new Float32Array(n);
    this.gateAdvantages = new Float32Array(n);
    this.goalAdvantages = new Float32Array(n);
    this.returns = new Float32Array(n);
    this.startGates = new Float32Array(n);
    this.startGoals = new Float32Array(n);
  }

  /** Takes down one turn, whose first entry is `base`, in which every decision was drawn. */
  note(base: number, thought: ActResult): void {
    const { asked, replanned, halt, subgoals, targets, confidence, plannersValues } = thought;
    if (plannersValues) this.values.set(plannersValues, base);
    for (const [i, flag] of replanned.entries()) {
      const at = base + i;
      this.gates[at] = asked[i] === 1 ? 1 - flag : -1;
      if (asked[i] === 1) {
        const towards = (halt[i * 2] - halt[i * 2 + 1]) * (flag === 1 ? -1 : 1);
        this.gateLogProbs[at] = logSigmoid(towards);
      }
      this.subgoals[at] = flag === 1 ? subgoals[i] : -1;
      this.targets[at] = flag === 1 ? targets[i] : -1;
      if (flag === 1) this.goalLogProbs[at] = Math.log(Math.max(confidence[i], 1e-12));
    }
  }
}

export const logSigmoid = (x: number): number =>
  Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
