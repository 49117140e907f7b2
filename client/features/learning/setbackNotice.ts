import { describeSetback, setbackOf } from '../../../shared/setback.ts';
import { watchedRun } from '../../selectors/run.ts';
import type { Store } from '../../store/store.ts';
import { el, setText } from '../../ui/dom.ts';

/** Says when the run that is watched has become surely worse than it was, and where its best policy is. */
export function createSetbackNotice(store: Store): HTMLElement {
  const notice = el('p', { class: 'setback', role: 'alert', hidden: true });
  store.watch(
    (state) => state.series.points,
    (points) => {
      const run = watchedRun(store.get());
      const setback = run && setbackOf(points, run.settings.evalEpisodes);
      notice.hidden = !setback;
      setText(notice, setback ? describeSetback(setback) : '');
    },
  );
  return notice;
}
