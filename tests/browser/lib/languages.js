// A page in another language, another direction, or with longer words, and what may go wrong with it then.

/** What the settings are headed and the field of the code is labelled in each language. */
export const LANGUAGES = {
  ar: { settings: 'المصادقة الثنائية', code: 'الرمز من تطبيق المصادقة', dir: 'rtl' },
  de: { settings: 'Zwei-Faktor-Authentisierung', code: 'Code aus Ihrer Authenticator-App' },
  es: { settings: 'Autenticación en dos factores', code: 'Código de su aplicación de autenticación' },
  fr: { settings: 'Authentification à deux facteurs', code: 'Code de votre application d’authentification' },
  ja: { settings: '2要素認証', code: '認証アプリのコード' },
  pt: { settings: 'Autenticação de dois fatores', code: 'Código do seu aplicativo autenticador' },
  zh: { settings: '双重身份验证', code: '身份验证器应用中的验证码' },
};

/** From now on the application's own pages say that they are in that language. Their words stay English: only the elements speak it. */
export async function inLanguage(page, lang, dir = 'ltr') {
  await page.route(
    (url) => /^\/(account|login)$/.test(url.pathname),
    async (route) => {
      if (route.request().method() !== 'GET') return route.fallback();
      const response = await route.fetch({ maxRedirects: 0 });
      const body = (await response.text()).replace('<html lang="en"', `<html lang="${lang}" dir="${dir}"`).replace(/<a class="skip".*?<\/a>/, '');
      return route.fulfill({ response, body });
    },
  );
}

/** Looks at the page written right to left. The example's skip link waits on the left, where such pages scroll to. */
export async function turned(page, look) {
  const turn = (around) =>
    page.evaluate((turning) => {
      document.documentElement.dir = turning ? 'rtl' : 'ltr';
      // The elements run the way of their words, and these are English.
      for (const root of document.querySelectorAll('.tl[dir]')) root.dir = turning ? 'rtl' : 'auto';
      const skip = document.querySelector('.skip');
      if (skip) skip.hidden = turning;
    }, around);
  await turn(true);
  const seen = await look();
  await turn(false);
  return seen;
}

/** Looks at the page with each of its words' texts 40 % longer. */
export async function longer(page, look) {
  await page.evaluate(() => {
    window.twinlockTestTexts = [];
    for (const root of document.querySelectorAll('.tl')) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode;
        if (!/\p{L}/u.test(text.data) || text.parentElement.closest('[translate=no], .tl-sr')) continue;
        if (window.twinlockTestTexts.some(([known]) => known === text)) continue;
        window.twinlockTestTexts.push([text, text.data]);
      }
    }
    // One long word, as German makes them, for every seven letters.
    for (const [text, data] of window.twinlockTestTexts) text.data = `${data} ${'ļōŋġēř '.repeat(Math.ceil((data.length * 0.4) / 7)).trim()}`;
  });
  const seen = await look();
  await page.evaluate(() => {
    for (const [text, data] of window.twinlockTestTexts) text.data = data;
  });
  return seen;
}

/** Shows the settings in a language whose every text is English and 40 % more. */
export async function pseudoLocale(page, module) {
  await page.evaluate(async (address) => {
    const { addCatalogue, english } = await import(address);
    const long = (text) => `${text} ${'ļōŋġēř '.repeat(Math.ceil((text.length * 0.4) / 7)).trim()}`;
    addCatalogue('xx', Object.fromEntries(Object.entries(english).map(([id, text]) => [id, long(text)])));
    document.documentElement.lang = 'xx';
  }, module);
}

/** Digits and codes that do not run from left to right, as they are painted. */
export function crookedDigits(page) {
  return page.evaluate(() => {
    const pieces = [...document.querySelectorAll('.tl :is(.tl-code, .tl-codes, .tl-key, .tl-timer)')].filter((piece) => piece.checkVisibility());
    const crooked = pieces.filter((piece) => getComputedStyle(piece).direction !== 'ltr');
    for (const piece of document.querySelectorAll('.tl :is(.tl-codes code, .tl-key span, .tl-timer)')) {
      const text = piece.firstChild;
      if (!text || !piece.checkVisibility() || text.data.length < 2) continue;
      const left = (at) => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
      };
      if (left(0) >= left(text.data.length - 1)) crooked.push(piece);
    }
    // The groups of a key follow each other on a line from left to right.
    const groups = [...document.querySelectorAll('.tl-key span')].map((group) => group.getBoundingClientRect());
    if (groups.some((group, at) => at > 0 && Math.abs(groups[at - 1].top - group.top) < 2 && groups[at - 1].left >= group.left)) crooked.push(groups[0]);
    return crooked.map((piece) => `digits of ${piece.className ?? 'the key'}`);
  });
}

/** What sticks out of a small phone or of its own box, or lies below its edge. */
export async function cutOff(page) {
  const before = page.viewportSize();
  const found = [];
  for (const width of [320, before.width]) {
    await page.setViewportSize({ width, height: 720 });
    found.push(...(await cutOffAt(page)).map((what) => `${width} px: ${what}`));
  }
  await page.setViewportSize(before);
  return found;
}

function cutOffAt(page) {
  return page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    const named = (element) => `${element.localName}.${element.className} “${element.textContent.slice(0, 40)}”`;
    const all = [...document.querySelectorAll('.tl *, .tl-dialog, .tl-dialog *')].filter(
      (element) => element.checkVisibility() && !element.closest('.tl-sr, svg'),
    );
    const out = all.filter((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      return width > 1 && (right > room + 0.5 || left < -0.5);
    });
    const cut = all.filter((element) => {
      const { display, overflowY } = getComputedStyle(element);
      if (display === 'inline' || element.localName === 'input') return false;
      const wide = element.scrollWidth > element.clientWidth + 1;
      // A dialog may scroll down; nothing else may hide what is below.
      const tall = element.scrollHeight > element.clientHeight + 1 && element.localName !== 'dialog';
      return wide || (tall && overflowY !== 'visible');
    });
    const scroll = document.documentElement.scrollWidth - room;
    return [...(scroll > 0 ? [`scrolls by ${scroll} px`] : []), ...new Set([...out, ...cut].map(named))];
  });
}

/** Every text that the elements show or read out, each by itself. */
export function shownTexts(page) {
  return page.evaluate(() => {
    const texts = [];
    for (const root of document.querySelectorAll('.tl')) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) if (walker.currentNode.parentElement.checkVisibility()) texts.push(walker.currentNode.data.trim());
      for (const element of root.querySelectorAll('[aria-label], [alt]')) texts.push(element.getAttribute('aria-label') ?? element.alt);
    }
    return texts.filter(Boolean);
  });
}
