// Every page works without this file; it saves waiting, typing and reloading.
(function () {
  'use strict';
  var main = document.querySelector('main');
  var seen, source, again, next, said, offline, turn = 0, silent = 0;

  function one(selector) { return document.querySelector(selector); }
  function all(selector, act) { [].forEach.call(document.querySelectorAll(selector), act); }
  function get(address, kind) {
    return fetch(address, { cache: 'no-store', credentials: 'same-origin' }).then(function (answer) {
      if (!answer.ok) throw answer;
      return answer[kind]();
    });
  }

  // The order page: hear of a change, fetch the page again, put its <main> in place.

  function key(status) {
    var attempt = status.attempt || {};
    return [status.state, attempt.state, attempt.reason, attempt.retry_after == null ? 0 : 1, status.receipt,
      (status.flags || []).join('+')].map(function (part) { return part == null ? '' : part; }).join('/');
  }

  function hear(status) {
    var wait = status.attempt && status.attempt.retry_after;
    if (offline) {
      offline = false;
      tell(one('#net').dataset.online);
      setTimeout(function () { if (!offline) tell(''); }, 4000);
    }
    clearTimeout(again);
    if (wait != null) again = setTimeout(show, wait * 1000 + 500);
    if (key(status) === seen) return;
    seen = key(status);
    turn = 0;
    show();
  }

  function typing() {
    return [].some.call(main.querySelectorAll('input'), function (field) {
      return field === document.activeElement || field.value !== field.defaultValue;
    });
  }

  function show() {
    if (typing()) return offerNews();            // never take a half-typed number away
    get(main.dataset.pageUrl, 'text').then(place).catch(function (reason) {
      seen = '';                                  // the next status fetches the page again
      missed(reason);
      if (!next) poll();
    });
  }

  function place(html) {
    var page = new DOMParser().parseFromString(html, 'text/html');
    var fresh = page.querySelector('main'), top = one('header.top'), inside = main.contains(document.activeElement);
    if (typing()) return offerNews();
    if (!fresh.dataset.statusUrl) { delete main.dataset.statusUrl; stop(); }
    main.innerHTML = fresh.innerHTML;
    if (!top.contains(document.activeElement)) top.parentNode.replaceChild(page.querySelector('header.top'), top);
    document.title = page.title;
    var head = one('h1'), words = one('.says'), text = head.textContent + '. ' + (words ? words.textContent : '');
    if (inside) head.focus();
    if (text !== said) one('#announce').textContent = said = text;
  }

  function check() {
    if (!main.dataset.statusUrl) return Promise.resolve();
    return get(main.dataset.statusUrl, 'json').then(hear).catch(missed);   // a failed request never ends the watching
  }

  function poll() {
    clearTimeout(next);
    next = setTimeout(function () {
      check().then(function () { if (main.dataset.statusUrl) poll(); });
    }, turn < 5 ? 2000 : turn < 11 ? 5000 : 10000);
    turn++;
  }

  function listen() {
    if (!window.EventSource) return poll();
    source = new EventSource(main.dataset.eventsUrl);
    source.addEventListener('status', function (event) {
      silent = 0;
      hear(JSON.parse(event.data));
    });
    source.onerror = function () {
      if (source.readyState !== 2 && ++silent < 3) return check();   // the browser connects again by itself
      source.close();
      poll();
    };
  }

  function stop() {
    if (source) source.close();
    clearTimeout(next);
    clearTimeout(again);
  }

  function tell(text) { if (one('#net').textContent !== text) one('#net').textContent = text; }

  function missed(reason) {
    if (reason && reason.name !== 'TypeError') return;   // the server answered: that is not "offline"
    offline = true;
    tell(one('#net').dataset.offline);
  }

  function offerNews() {
    var link = document.createElement('a');
    link.href = main.dataset.pageUrl;
    link.textContent = one('#net').dataset.show;
    tell(one('#net').dataset.news + ' ');
    one('#net').appendChild(link);
  }

  function watch() {
    if (!main.dataset.statusUrl) return;
    if (!window.fetch || !window.DOMParser) {
      if (!one('#retry')) setTimeout(function () { location.assign(main.dataset.pageUrl); }, 5000);
      return;
    }
    seen = main.dataset.version;
    listen();
    setInterval(function () { if (!next) check(); }, 20000);         // streams can die without a word
    addEventListener('offline', function () { missed(); });
    addEventListener('online', check);
    document.addEventListener('visibilitychange', function () { if (!document.hidden) check(); });
  }

  // The checkout page: the total follows the delivery.

  function total() {
    var choice = one('[name=delivery]:checked');
    if (!choice) return;
    all('[data-show]', function (part) { part.textContent = choice.dataset[part.dataset.show]; });
    one('[name=shown_total]').value = choice.dataset.shown;
  }

  // One press sends once. The form's token is what really keeps a second one harmless.

  function release(form) {
    var button = form.querySelector('[data-once]');
    if (!form.dataset.sent) return;
    delete form.dataset.sent;
    button.removeAttribute('aria-disabled');
    button.textContent = form.dataset.label;
  }

  document.addEventListener('submit', function (event) {
    var form = event.target, button = form.querySelector('[data-once]'), pressed = event.submitter || document.activeElement;
    if (!button || pressed.type === 'submit' && pressed.name) return;     // another total, another language
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = '1';
    form.dataset.label = button.textContent;
    button.textContent = form.dataset.busy;
    button.setAttribute('aria-disabled', 'true');
    setTimeout(release, 10000, form);
  });
  document.addEventListener('change', function (event) { if (event.target.name === 'delivery') total(); });
  document.addEventListener('click', function (event) { if (event.target.hasAttribute('data-print')) print(); });
  addEventListener('pageshow', function (event) {
    all('form', release);
    total();
    if (event.persisted) check();
  });

  all('[data-plain]', function (part) { part.hidden = true; });
  all('[data-print]', function (part) { part.hidden = false; });
  if (one('#errors') && !('autofocus' in one('#errors'))) one('#errors').focus();
  watch();
})();
