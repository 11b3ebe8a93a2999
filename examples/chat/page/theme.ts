import { byId } from './dom';

const stored = 'chat-theme';

/** Dark or light as the system says, until the button is pressed. */
export function startTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const button = byId<HTMLButtonElement>('theme');
  const draw = () => {
    const isDark = (localStorage.getItem(stored) ?? (dark.matches ? 'dark' : 'light')) === 'dark';
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
    button.setAttribute('aria-pressed', String(isDark));
  };
  button.addEventListener('click', () => {
    localStorage.setItem(stored, document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
    draw();
  });
  dark.addEventListener('change', draw);
  draw();
}
