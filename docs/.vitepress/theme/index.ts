import DefaultTheme from 'vitepress/theme-without-fonts';
import { defineAsyncComponent } from 'vue';
import './style.css';

/** The usual theme without its fonts, with what can be played with; that is loaded where it is used. */
export default {
  extends: DefaultTheme,
  enhanceApp({ app }: { app: { component(name: string, component: unknown): void } }) {
    app.component(
      'PlayDiagram',
      defineAsyncComponent(() => import('./PlayDiagram.vue')),
    );
    app.component(
      'PlayLab',
      defineAsyncComponent(() => import('./PlayLab.vue')),
    );
  },
};
