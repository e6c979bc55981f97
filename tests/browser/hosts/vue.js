// Vue 3: the elements are tags like any other; objects become properties, `onTwinlockVerified` listens to `twinlock-verified`.
import { createApp, defineComponent, h, ref, shallowRef } from 'vue';
import { BASE, client, login } from './session.js';

const App = defineComponent({
  setup() {
    const nextStep = shallowRef();
    const signedIn = ref(false);
    const log = ref([]);
    const verified = ({ detail }) => {
      log.value.push(`verified by ${detail.method}`);
      signedIn.value = true;
    };
    const signIn = async (username, password) => {
      nextStep.value = await login(username, password);
    };
    window.shop = { client, signIn };
    const challenge = () =>
      h('twinlock-challenge', {
        base: BASE,
        'sign-in': '/login',
        'heading-level': 3,
        'csrf-cookie': 'csrf',
        nextStep: nextStep.value,
        onTwinlockError: ({ detail }) => log.value.push(detail.code),
        onTwinlockVerified: verified,
      });
    const settings = () =>
      h('twinlock-settings', { base: BASE, 'heading-level': 4, client, onTwinlockDisabled: () => log.value.push('disabled') });
    return () => [
      signedIn.value ? settings() : nextStep.value && challenge(),
      h('ol', { id: 'log' }, log.value.map((line) => h('li', line))),
    ];
  },
});

createApp(App).mount('#app');
