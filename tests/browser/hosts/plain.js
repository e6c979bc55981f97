// Plain HTML: the first element stands in the markup, the second is made by hand.
import { BASE, client, login } from './session.js';

const challenge = document.querySelector('twinlock-challenge');
const note = (text) => {
  const line = document.createElement('li');
  line.textContent = text;
  document.querySelector('#log').append(line);
};

function showSettings() {
  const settings = document.createElement('twinlock-settings');
  settings.setAttribute('base', BASE);
  settings.setAttribute('heading-level', '4');
  settings.client = client;
  settings.addEventListener('twinlock-disabled', () => note('disabled'));
  document.querySelector('#app').replaceChildren(settings);
}

challenge.addEventListener('twinlock-error', ({ detail }) => note(detail.code));
challenge.addEventListener('twinlock-verified', ({ detail }) => {
  note(`verified by ${detail.method}`);
  challenge.remove();
  showSettings();
});

window.shop = {
  client,
  async signIn(username, password) {
    challenge.nextStep = await login(username, password);
    challenge.hidden = false;
  },
};
