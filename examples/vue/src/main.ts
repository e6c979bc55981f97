import 'twinlock/web/vue';
import 'twinlock/web/twinlock.css';
import './app.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import icon from '../../pages/static/icon.svg';
import App from './App.vue';
import { createAppRouter } from './router';

document.querySelector<HTMLLinkElement>('link[rel=icon]')!.href = icon;
// The store first: the router's guards ask it.
createApp(App).use(createPinia()).use(createAppRouter()).mount('#app');
