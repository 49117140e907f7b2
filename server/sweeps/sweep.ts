import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { percent } from '../../shared/percent.ts';
import { mean, wilsonInterval } from '../../shared/statistics.ts';
import { writeWhole } from '../processes/wholeFile.ts';
import { type Job, nextJob, wantedJobs } from './halving.ts';
import {
  ALONE,
  type Crew,
  type Member,
  type MemberTask,
  type Tested,
  type TrainMember,
} from './member.ts';
import { type Configuration, SweepError, type SweepPlan } from './plan.ts';

/** A configuration with all its seeds. */
export interface Group {
  name: string;
  seeds: number;
  envSteps: number;
  /** Over all episodes of all seeds, at the last rung that it did. */
  success: number;
  ci95: [number, number];
  /** Lowest and highest of its seeds. */
  range: [number, number];
  stopped?: string;
}

interface SweepResult {
  runs: (Configuration & { seed: number; file?: string; stopped?: string } & Partial<Tested>)[];
  groups: Group[];
  /** The best of those that went the whole way, with its best seed's policy. */
  best?: { name: string; seed: number; file: string; success: number; ci95: [number, number] };
  interrupted: boolean;
}

/**
 * Trains the members of a sweep, one after another or many at once; either way the same ones as far, so that the result is
 * the same. What is done is kept in `folder` after each rung, so that the same
 * call goes on after anything.
 */
export class Sweep {
  private readonly plan: SweepPlan;
  private readonly folder: string;
  private readonly train: TrainMember;
  private readonly say: (line: string) => void;
  private readonly members: Member[];

  constructor(plan: SweepPlan, folder: string, train: TrainMember, say: (line: string) => void) {
    this.plan = plan;
    this.folder = folder;
    this.train = train;
    this.say = say;
    mkdirSync(folder, { recursive: true });
    this.members =
      this.kept() ??
      plan.configurations.flatMap((_, configuration) =>
        plan.seeds.map((seed): Member => ({ configuration, seed, tests: [] })),
      );
  }

  /** Runs what is left to do. */
  async run(crew: Crew = ALONE): Promise<SweepResult> {
    const { members } = this;
    const before = members.reduce((sum, { tests }) => sum + tests.length, 0);
    if (before > 0) this.say(`going on: ${before} trainings are done already`);
    const running = new Map<Member, Promise<unknown>>();
    let isStopped = false;
    const begin = (member: Member, rung: number) => {
      const training = this.do(member, rung, crew.slots()).then((goesOn) => {
        running.delete(member);
        if (!goesOn) isStopped = true;
      });
      running.set(member, training);
    };
    for (;;) {
      if (!isStopped)
        for (const { member, rung } of this.wanted(crew.atOnce()))
          if (!running.has(member) && running.size < crew.atOnce()) begin(member, rung);
      if (running.size === 0) break;
      await Promise.race(running.values());
    }
    if (isStopped) return this.result(true);
    for (const member of members)
      if (!this.isBest(member)) rmSync(this.files(member).run, { force: true });
    return this.result(false);
  }

  /** Members to train now, in the order in which they would be trained one after another. */
  private wanted(atOnce: number): { member: Member; rung: number }[] {
    const { configurations, rungs, factor } = this.plan;
    const isDone = (member: Member, rung: number) =>
      member.tests.length > rung || member.failed !== undefined;
    const resultOf = ({ configuration, rung }: Job) => {
      const own = this.of(configuration);
      if (!own.every((member) => isDone(member, rung))) return undefined;
      if (own.some(({ tests }) => tests.length <= rung)) return 'failed';
      return mean(own.map(({ tests }) => tests[rung].success));
    };
    const jobs = wantedJobs(resultOf, configurations.length, rungs.length, factor, atOnce);
    return jobs.flatMap(({ configuration, rung }) =>
      this.of(configuration)
        .filter((member) => !isDone(member, rung))
        .map((member) => ({ member, rung })),
    );
  }

  private standings(): { scores: number[]; failed: boolean }[] {
    return this.plan.configurations.map((_, configuration) => {
      const own = this.of(configuration);
      const done = Math.min(...own.map(({ tests }) => tests.length));
      return {
        scores: Array.from({ length: done }, (_, rung) =>
          mean(own.map(({ tests }) => tests[rung].success)),
        ),
        failed: own.some(({ failed }) => failed !== undefined),
      };
    });
  }

  /** False where it was asked to stop. */
  private async do(member: Member, rung: number, slots: number): Promise<boolean> {
    const { plan, members } = this;
    const configuration = plan.configurations[member.configuration];
    const what = `${configuration.name}${plan.seeds.length > 1 ? ` · seed ${member.seed}` : ''}`;
    this.say(`${what}: to ${plan.rungs[rung]} steps${this.estimate(rung, slots)}`);
    try {
      const tested = await this.train({
        name: this.nameOf(member),
        ...{ configuration, seed: member.seed, steps: plan.rungs[rung] },
        isLast: rung === plan.rungs.length - 1,
        files: this.files(member),
      });
      if (!tested) return false;
      member.tests.push(tested);
      const begun = members.filter(({ tests }) => tests.length > 0).length;
      this.say(
        `${what}: ${percent(tested.success)} after ${tested.envSteps} steps (${begun} of ${members.length} have begun)`,
      );
    } catch (error) {
      // Not this member's fault.
      if (error instanceof SweepError) throw error;
      member.failed = (error as Error).message;
      this.say(`${what}: failed: ${member.failed}`);
    }
    this.keep();
    return true;
  }

  /** How long this training and all that follow will take, by those before. */
  private estimate(rung: number, slots: number): string {
    const last = this.members.flatMap(({ tests }) => tests.slice(-1));
    const steps = last.reduce((sum, { envSteps }) => sum + envSteps, 0);
    if (steps === 0) return '';
    const pace = last.reduce((sum, one) => sum + one.seconds, 0) / steps;
    return `, about ${duration(this.stepsOf(rung) * pace)}; all that is left: ${duration((this.stepsAhead() * pace) / slots)}`;
  }

  /** Steps of a training from the rung before. */
  private stepsOf(rung: number): number {
    const { rungs } = this.plan;
    return rungs[rung] - (rungs[rung - 1] ?? 0);
  }

  /** Steps of all jobs to come. How many go on does not depend on who they are, so all may as well be equal. */
  private stepsAhead(): number {
    const { plan } = this;
    const standings = this.standings();
    let steps = 0;
    for (;;) {
      const job = nextJob(standings, plan.rungs.length, plan.factor);
      if (!job) return steps;
      steps += this.stepsOf(job.rung) * plan.seeds.length;
      standings[job.configuration].scores.push(0);
    }
  }

  private of(configuration: number): Member[] {
    return this.members.filter((member) => member.configuration === configuration);
  }

  private nameOf({ configuration, seed }: Member): string {
    return `${configuration + 1}-seed${seed}`;
  }

  private files(member: Member): MemberTask['files'] {
    const stem = path.join(this.folder, this.nameOf(member));
    return { run: `${stem}.run.safetensors`, policy: `${stem}.safetensors` };
  }

  private result(interrupted: boolean): SweepResult {
    const { plan, members } = this;
    const runs = members.map((member) => {
      const { rungs } = plan;
      const whole = member.tests.length === rungs.length;
      const stopped = this.whyStopped(member, interrupted);
      return {
        ...plan.configurations[member.configuration],
        seed: member.seed,
        ...member.tests.at(-1),
        ...(whole ? { file: this.files(member).policy } : {}),
        ...(stopped === undefined ? {} : { stopped }),
      };
    });
    const groups = plan.configurations.flatMap(
      (_, configuration) => this.group(configuration, interrupted) ?? [],
    );
    const best = members.find((member) => this.isBest(member));
    return {
      runs,
      groups: groups.sort((a, b) => b.envSteps - a.envSteps || b.success - a.success),
      ...(best ? { best: this.offered(best) } : {}),
      interrupted,
    };
  }

  private whyStopped({ tests, failed }: Member, interrupted: boolean): string | undefined {
    if (failed !== undefined) return failed;
    if (tests.length === this.plan.rungs.length) return undefined;
    return interrupted ? 'not done yet' : 'others did better';
  }

  private group(configuration: number, interrupted: boolean): Group | undefined {
    const own = this.of(configuration);
    const rung = Math.min(...own.map(({ tests }) => tests.length)) - 1;
    if (rung < 0) return undefined;
    const tests = own.map((member) => member.tests[rung]);
    const episodes = tests.reduce((sum, one) => sum + one.episodes, 0);
    const hits = tests.reduce((sum, one) => sum + one.success * one.episodes, 0);
    const each = tests.map(({ success }) => success);
    const stopped = own
      .map((member) => this.whyStopped(member, interrupted))
      .find((why) => why !== undefined);
    return {
      name: this.plan.configurations[configuration].name,
      seeds: own.length,
      envSteps: Math.max(...tests.map(({ envSteps }) => envSteps)),
      success: hits / episodes,
      ci95: wilsonInterval(hits, episodes),
      range: [Math.min(...each), Math.max(...each)],
      ...(stopped === undefined ? {} : { stopped }),
    };
  }

  /** The best seed of the best configuration, of those that went the whole way. */
  private isBest(member: Member): boolean {
    const whole = this.plan.configurations
      .map((_, configuration) => this.of(configuration))
      .filter((own) => own.every(({ tests }) => tests.length === this.plan.rungs.length));
    const success = (one: Member) => one.tests.at(-1)!.success;
    const [group] = whole.sort((a, b) => mean(b.map(success)) - mean(a.map(success)));
    const [best] = [...(group ?? [])].sort((a, b) => success(b) - success(a));
    return best === member;
  }

  /** Its figures are of seeds on which it was not chosen. */
  private offered(member: Member): NonNullable<SweepResult['best']> {
    const { name } = this.plan.configurations[member.configuration];
    const { fresh, success, ci95 } = member.tests.at(-1)!;
    const figures = fresh ?? { success, ci95 };
    return { name, seed: member.seed, file: this.files(member).policy, ...figures };
  }

  private get stateFile(): string {
    return path.join(this.folder, 'sweep.json');
  }

  /** The members of a sweep that was begun here. Throws a SweepError where it is another one. */
  private kept(): Member[] | undefined {
    let text: string;
    try {
      text = readFileSync(this.stateFile, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new SweepError(`${this.stateFile} cannot be read: ${(error as Error).message}`);
    }
    let state: { plan: unknown; members: Member[] };
    try {
      state = JSON.parse(text) as { plan: unknown; members: Member[] };
    } catch (error) {
      throw new SweepError(`${this.stateFile} is damaged: ${(error as Error).message}`);
    }
    if (JSON.stringify(state.plan) !== JSON.stringify(this.plan))
      throw new SweepError(
        `${this.folder} holds another sweep; accepted: an empty folder, or the file with which that one was begun`,
      );
    return state.members;
  }

  private keep(): void {
    const { plan, members } = this;
    writeWhole(this.stateFile, JSON.stringify({ plan, members }, undefined, 1));
  }
}

const duration = (seconds: number) =>
  seconds < 100 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
