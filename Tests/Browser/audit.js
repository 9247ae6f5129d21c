// Looks at the page as it is shown and lists what a person with a small phone, weak eyes or no mouse would stumble over.
// The answer is a list of sentences; an empty one is a good page. WCAG 2.2, success criteria in brackets.
(() => {
  const found = [];
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const style = e => getComputedStyle(e);
  const hidden = e => !!e.closest('.vh') || e.closest('[aria-hidden=true]');
  const shown = e => e.checkVisibility() && e.getClientRects().length > 0 && style(e).visibility === 'visible' && !hidden(e);
  const words = e => e.textContent.replace(/\s+/g, ' ').trim();
  const name = e => `<${e.localName}${e.id ? '#' + e.id : ''}${e.className && e.className.baseVal === undefined ? '.' + e.className.trim().replace(/\s+/g, '.') : ''}> “${words(e).slice(0, 40)}”`;

  // Structure [1.3.1, 2.4.1, 2.4.2, 3.1.1]
  const html = document.documentElement;
  if (!['en', 'sw'].includes(html.lang)) found.push(`the page's language is "${html.lang}"`);
  if (!document.title.trim()) found.push('the page has no title');
  const headings = all('h1, h2, h3, h4').filter(shown);
  if (headings.filter(e => e.localName === 'h1').length !== 1) found.push(`${headings.filter(e => e.localName === 'h1').length} headings h1`);
  headings.reduce((level, e) => {
    if (+e.localName[1] > level + 1 && level) found.push(`the heading ${name(e)} skips a level`);
    return +e.localName[1];
  }, 0);
  for (const landmark of ['main', 'body > header', 'body > footer', 'nav']) {
    if (all(landmark).length !== 1) found.push(`${all(landmark).length} landmarks ${landmark}`);
  }
  const skip = one('a');
  if (!skip || !skip.classList.contains('skip') || !document.querySelector(skip.getAttribute('href'))) found.push('the first link skips to no content');
  const viewport = document.querySelector('meta[name=viewport]');
  if (!viewport || /user-scalable\s*=\s*no|maximum-scale/.test(viewport.content)) found.push('the page forbids zooming');
  const ids = all('[id]').map(e => e.id);
  for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) found.push(`the id ${id} stands twice`);
  for (const attribute of ['aria-describedby', 'aria-labelledby', 'for']) {
    for (const e of all(`[${attribute}]`)) {
      for (const id of e.getAttribute(attribute).split(/\s+/)) {
        if (!document.getElementById(id)) found.push(`${attribute} of ${name(e)} points at nothing: ${id}`);
      }
    }
  }

  // Names [1.1.1, 2.4.4, 3.3.2, 4.1.2]
  for (const e of all('img')) if (!e.hasAttribute('alt')) found.push(`the picture ${e.src} has no alt`);
  for (const e of all('svg')) if (e.getAttribute('aria-hidden') !== 'true' && !e.getAttribute('aria-label')) found.push(`the drawing ${name(e)} has neither name nor aria-hidden`);
  for (const e of all('a[href], button')) if (!words(e) && !e.getAttribute('aria-label') && !all('img[alt]', e).some(i => i.alt)) found.push(`${name(e)} says nothing`);
  for (const e of all('a:not([href])')) found.push(`the link ${name(e)} goes nowhere`);
  const fields = all('input:not([type=hidden]), select, textarea');
  for (const e of fields) {
    if (!e.labels.length || !words(e.labels[0])) found.push(`the field ${e.name} has no label`);
    if (e.type === 'password' && !document.body.classList.contains('desk')) found.push(`the field ${e.name} asks for a password`);
    if (['text', 'tel', 'email'].includes(e.type) && !e.autocomplete) found.push(`the field ${e.name} does not say what it is for [1.3.5]`);
    if (e.getAttribute('aria-invalid') === 'true' && !e.getAttribute('aria-describedby')) found.push(`the wrong field ${e.name} does not say why`);
  }
  for (const e of all('input[type=radio]')) if (!e.closest('fieldset') || !e.closest('fieldset').querySelector('legend')) found.push(`the choice ${e.id} has no legend`);

  // Sizes [1.4.10, 2.5.8, and ours: 48 px for what is pressed most, 8 px between]
  if (html.scrollWidth > html.clientWidth) found.push(`the page scrolls sideways: ${html.scrollWidth} px in ${html.clientWidth} px`);
  for (const e of all('main *, header *, footer *')) {
    const box = e.getBoundingClientRect();
    if (shown(e) && box.width && (box.right > html.clientWidth + 1 || box.left < -1) && !e.classList.contains('skip')) found.push(`${name(e)} is cut off at the side`);
    // A line of text that is longer than its field is moved through by its cursor.
    if (shown(e) && !e.matches('input') && style(e).overflow !== 'hidden' && e.scrollWidth > e.clientWidth + 1 && e.clientWidth && !['inline'].includes(style(e).display)) found.push(`${name(e)} is wider than its box`);
  }
  const targets = all('a[href], button, input:not([type=hidden]), summary').filter(shown).filter(e => !e.closest('.skip'));
  const touched = e => (['radio', 'checkbox'].includes(e.type) ? e.labels[0] : e).getBoundingClientRect();
  for (const e of targets) {
    const box = touched(e);
    const isPrimary = e.matches('.go, .second, .cart, .lang, button, input');
    if (isPrimary && (box.width < 48 || box.height < 48)) found.push(`${name(e)} is only ${box.width.toFixed(1)} × ${box.height.toFixed(1)} px to press`);
    const isInText = e.localName === 'a' && style(e).display === 'inline' && words(e.parentElement) !== words(e);
    if (!isPrimary && !isInText && (box.width < 24 || box.height < 24)) found.push(`${name(e)} is only ${box.width.toFixed(1)} × ${box.height.toFixed(1)} px to press`);
  }
  targets.forEach((e, place) => targets.slice(place + 1).forEach(other => {
    const a = touched(e), b = touched(other);
    const across = Math.max(a.left, b.left) - Math.min(a.right, b.right), down = Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);
    if (across < 8 && down < 8 && !e.contains(other) && Math.max(across, down) < 7.9) found.push(`${name(e)} and ${name(other)} are only ${Math.max(across, down).toFixed(1)} px apart`);
  }));
  for (const e of fields) if (shown(e) && !['radio', 'checkbox'].includes(e.type) && parseFloat(style(e).fontSize) < 16) found.push(`the field ${e.name} has letters of ${style(e).fontSize}`);

  // Contrast [1.4.3, 1.4.11]
  const colour = text => {
    const parts = text.match(/[\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const over = (top, ground) => top.rgb.map((part, place) => part * top.alpha + ground[place] * (1 - top.alpha));
  const ground = e => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      layers.push(colour(style(at).backgroundColor));
      if (layers.at(-1).alpha === 1) break;
    }
    const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
    return layers.reverse().reduce((below, layer) => over(layer, below), isDark ? [18, 18, 18] : [255, 255, 255]);
  };
  const light = rgb => rgb.map(part => part / 255).map(part => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [.2126, .7152, .0722][place], 0);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const judged = new Set();
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || judged.has(e) || !shown(e) || e.closest('noscript, script, style, :disabled, .skip')) continue;
    judged.add(e);
    let opacity = 1;
    for (let at = e; at; at = at.parentElement) opacity *= style(at).opacity;
    const behind = ground(e), ink = colour(style(e).color), size = parseFloat(style(e).fontSize);
    const isLarge = size >= 24 || size >= 18.66 && style(e).fontWeight >= 700;
    const seen = ratio(over({ rgb: ink.rgb, alpha: ink.alpha * opacity }, behind), behind);
    if (seen < (isLarge ? 3 : 4.5)) found.push(`${name(e)} has a contrast of ${seen.toFixed(2)}`);
  }
  for (const e of fields.filter(shown)) {
    if (['radio', 'checkbox'].includes(e.type)) continue;
    const seen = ratio(colour(style(e).borderTopColor).rgb, ground(e.parentElement));
    if (seen < 3) found.push(`the edge of the field ${e.name} has a contrast of ${seen.toFixed(2)}`);
  }
  for (const e of all('svg.sign').filter(shown)) {
    const seen = ratio(colour(style(e).color).rgb, ground(e));
    if (seen < 3) found.push(`a sign has a contrast of ${seen.toFixed(2)}`);
  }

  // Words that never reach a customer
  // A provider's message, which the desk shows as its shape, is quoted and said to nobody.
  const said = all('pre.shape').reduce((text, e) => text.replace(e.innerText, ''), document.body.innerText) + ' ' + document.title;
  for (const word of ['errorCode', 'ResultDesc', 'ResultCode', '{', '}', 'undefined', 'Optional(', '[object', ' null', 'NaN']) {
    if (said.includes(word)) found.push(`the page says ${word}`);
  }
  return found;
})()
