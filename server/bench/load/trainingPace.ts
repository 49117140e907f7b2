import { io, type Socket } from 'socket.io-client';
import type { MetricPoint } from '../../../shared/metrics.ts';

/** Speed of the training between the first and the last update that end in a stretch of time. */
export class TrainingPace {
  private readonly socket: Socket;
  private marks: { at: number; envSteps: number }[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('metrics:point', ({ point }: { point: MetricPoint }) => {
      this.marks.push({ at: performance.now(), envSteps: point.envSteps });
    });
  }

  static async follow(url: string, runId: string): Promise<TrainingPace> {
    const socket = io(url, { transports: ['websocket'], forceNew: true });
    const pace = new TrainingPace(socket);
    await socket.timeout(60_000).emitWithAck('run:watch', { runId });
    // The policy stays fixed: a learning one would play different episodes, of different cost, in each phase.
    const steady = { runId, settings: { learningRate: 0 } };
    await socket.timeout(60_000).emitWithAck('run:settings', steady);
    return pace;
  }

  begin(): void {
    this.marks = [];
  }

  end(): number {
    const [first] = this.marks;
    const last = this.marks.at(-1);
    if (!last || first === last) return Number.NaN;
    return ((last.envSteps - first.envSteps) * 1000) / (last.at - first.at);
  }

  close(): void {
    this.socket.disconnect();
  }
}
