/** Which page may be shown to whom. It only leads people: what is private the server guards. */
import { watch } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import type { RouteLocationRaw, Router } from 'vue-router';
import { client } from './api';
import { hideKeptPages } from './kept-pages';
import HomePage from './pages/HomePage.vue';
import RegisterPage from './pages/RegisterPage.vue';
import SignInPage from './pages/SignInPage.vue';
import { useSession } from './session';

/** Somebody signed in; that and two-factor switched on; somebody whose password was right and who owes a code. */
type Need = 'session' | 'second-factor' | 'challenge';

declare module 'vue-router' {
  interface RouteMeta {
    title: string;
    needs?: Need;
  }
}

const needs = (need: Need, title: string) => ({ title, needs: need });

const routes = [
  { path: '/', component: HomePage, meta: { title: 'A second lock on the door' } },
  { path: '/register', component: RegisterPage, meta: { title: 'Create an account' } },
  { path: '/sign-in', component: SignInPage, meta: { title: 'Sign in' } },
  { path: '/sign-in/code', component: () => import('./pages/CodePage.vue'), meta: needs('challenge', 'Your code') },
  { path: '/profile', component: () => import('./pages/ProfilePage.vue'), meta: needs('session', 'Your profile') },
  { path: '/security', component: () => import('./pages/SecurityPage.vue'), meta: needs('session', 'Security') },
  { path: '/activity', component: () => import('./pages/ActivityPage.vue'), meta: needs('second-factor', 'Activity') },
  { path: '/:any(.*)', redirect: '/' },
];

export function createAppRouter(): Router {
  const router = createRouter({ history: createWebHistory(), routes, scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 } });

  router.beforeEach(async ({ meta, path }) => {
    const session = useSession();
    await session.restore();
    if (meta.needs === 'challenge') return session.challenge ? true : '/sign-in';
    if (meta.needs && !session.user) return signInFor(path);
    return meta.needs === 'second-factor' ? withSecondFactor(path) : true;
  });

  router.afterEach(({ meta }) => {
    document.title = `${meta.title} · Twinlock with Vue`;
  });

  async function leaveWithoutSession(): Promise<void> {
    const { meta, path } = router.currentRoute.value;
    if (!useSession().user && meta.needs && meta.needs !== 'challenge') await router.replace(signInFor(path));
  }

  // The session may end on any page and at any call.
  watch(() => useSession().user, leaveWithoutSession);
  hideKeptPages(async () => {
    await useSession().check();
    await leaveWithoutSession();
  });
  return router;
}

/** Where to go after sign-in: one of our own guarded pages, whatever the address says. */
export function nextPage(router: Router): string {
  const { next } = router.currentRoute.value.query;
  const known = router.getRoutes().some(({ path, meta }) => path === next && meta.needs && meta.needs !== 'challenge');
  return known ? (next as string) : '/profile';
}

function signInFor(next: string): RouteLocationRaw {
  return { path: '/sign-in', query: { next } };
}

async function withSecondFactor(path: string): Promise<RouteLocationRaw | true> {
  const status = await client.status().catch(() => undefined);
  if (status?.enabled) return true;
  if (!useSession().user) return signInFor(path);
  // Not known is not on: the page stays shut, and the element there says what went wrong.
  return { path: '/security', query: status ? { notice: 'second-factor' } : {} };
}
