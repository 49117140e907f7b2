import type { State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { button } from '../../ui/button.ts';
import { copyText } from '../../ui/copy.ts';
import { el, setText } from '../../ui/dom.ts';

export interface ClassBarCommands {
  rename(name: string): void;
  ask(): void;
  give(member: string): void;
  refuse(member: string): void;
  returnToLive(): void;
  leave(): void;
  said(text: string): void;
}

/** One line above the page: who controls, who is here, and how control is asked for and handed over. */
export function createClassBar(
  host: HTMLElement,
  store: Store,
  commands: ClassBarCommands,
): { show(): void } {
  const about = el('b', { class: 'class-about', role: 'status' });
  const count = el('span', { class: 'class-count' });
  const name = el('input', {
    class: 'boxed',
    type: 'text',
    maxlength: 40,
    'aria-label': 'Your name',
  });
  name.addEventListener('change', () => {
    if (name.value.trim()) commands.rename(name.value.trim());
  });
  const back = button({ text: 'Return to live', look: 'primary' }, commands.returnToLive);
  const ask = button(
    { text: 'Ask for control', tip: 'Who controls is asked, and hands it over or refuses' },
    commands.ask,
  );
  const asks = el('span', { class: 'class-asks' });
  const give = el('select', { class: 'boxed', 'aria-label': 'Hand control to' });
  give.addEventListener('change', () => {
    if (give.value) commands.give(give.value);
  });
  const copy = button({ text: 'Copy link for the class', look: 'quiet' }, () => {
    const url = new URL(location.href);
    url.search = '?class=1';
    void copyText(url.href).then((isCopied) =>
      commands.said(isCopied ? 'Link copied. Whoever opens it follows the class.' : url.href),
    );
  });
  const leave = button({ text: 'Leave the class', look: 'quiet' }, commands.leave);
  host.append(
    about,
    count,
    asks,
    back,
    ask,
    give,
    el('span', { class: 'spacer' }),
    name,
    copy,
    leave,
  );

  function render({ classroom }: State): void {
    host.hidden = classroom === undefined;
    if (!classroom) return;
    const { you, state, follows } = classroom;
    const { members, holder } = state;
    const holds = holder === you;
    const own = members.find(({ id }) => id === you);
    const who = members.find(({ id }) => id === holder);
    setText(
      about,
      holds
        ? 'You control the class'
        : !who
          ? 'Nobody controls the class'
          : follows
            ? `Following ${who.name}`
            : `On your own; ${who.name} goes on`,
    );
    host.dataset.class = holds ? 'controls' : follows ? 'follows' : 'alone';
    setText(count, `${members.length} here`);
    count.dataset.tip = members.map((one) => one.name).join(', ');
    if (document.activeElement !== name) name.value = own?.name ?? '';
    back.hidden = holds || follows || !who;
    ask.hidden = holds;
    ask.disabled = own?.asks ?? false;
    setText(ask, own?.asks ? 'Asked for control' : who ? 'Ask for control' : 'Take control');
    const others = members.filter(({ id }) => id !== you);
    give.hidden = !holds || others.length === 0;
    if (document.activeElement !== give || give.hidden)
      give.replaceChildren(
        el('option', { value: '', text: 'Hand control to…' }),
        ...others.map((one) => el('option', { value: one.id, text: one.name })),
      );
    const [first] = holds ? members.filter((one) => one.asks) : [];
    asks.replaceChildren(
      ...(first
        ? [
            el('span', { text: `${first.name} asks for control.` }),
            button({ text: 'Hand over', look: 'primary' }, () => commands.give(first.id)),
            button({ text: 'Refuse' }, () => commands.refuse(first.id)),
          ]
        : []),
    );
  }

  store.watch(
    (state) => state.classroom,
    (_, state) => render(state),
  );
  return { show: () => render(store.get()) };
}
