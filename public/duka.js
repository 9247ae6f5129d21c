// Every page works without this file. It saves waiting and reloading.
(function () {
  'use strict';
  var main = document.querySelector('main');
  var seen, source, again, next, said, offline, turn = 0, silent = 0;

  function one(selector) { return document.querySelector(selector); }
  function all(selector, act) { [].forEach.call(document.querySelectorAll(selector), act); }
  function get(address, kind) {
    return fetch(address, { cache: 'no-store' }).then(function (answer) {
      if (!answer.ok) throw answer;
      return answer[kind]();
    });
  }

  // The order page: hear of a change, fetch the page, put its <main> in place.

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
      seen = '';                     // the next status tries again
      missed(reason);
      if (!next) poll();
    });
  }

  function place(html) {
    var page = new DOMParser().parseFromString(html, 'text/html'), fresh = page.querySelector('main');
    var top = one('header'), inside = main.contains(document.activeElement), open = [];
    if (typing()) return offerNews();
    if (!fresh.dataset.statusUrl) { delete main.dataset.statusUrl; stop(); }
    all('details[open]', function (fold) { open.push(fold.id); });
    main.innerHTML = fresh.innerHTML;
    open.forEach(function (id) { if (one('#' + id)) one('#' + id).open = true; });
    main.dataset.watch = fresh.dataset.watch || '';
    dress();
    if (!top.contains(document.activeElement)) top.innerHTML = page.querySelector('header').innerHTML;
    document.title = page.title;
    var head = one('h1'), words = one('.says'), text = head.textContent + '. ' + (words ? words.textContent : '');
    if (inside) head.focus();
    if (text !== said) one('#announce').textContent = said = text;
  }

  function check() {
    if (!main.dataset.statusUrl) return Promise.resolve();
    return get(main.dataset.statusUrl, 'json').then(function (status) {
      if ((main.dataset.watch || turn > 14) && key(status) === seen && !source) show();
      hear(status);
    }).catch(missed);   // and go on watching
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
    source.addEventListener('page', show);
    source.onerror = function () {
      if (source.readyState !== 2 && ++silent < 3) return check();   // the browser connects again by itself
      source.close();
      source = null;
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
    if (!window.fetch) return setTimeout(function () { location.assign(main.dataset.pageUrl); }, one('#retry') ? 1e6 : 5000);
    seen = main.dataset.version;
    listen();
    setInterval(function () { if (!next) check(); }, 20000);  // streams can die silently
    addEventListener('offline', function () { missed(); });
    addEventListener('online', check);
    document.addEventListener('visibilitychange', function () { if (!document.hidden) check(); });
  }

  // Buttons to copy what must be typed, seconds that pass, a picture that did not come.

  function dress() {
    all('[data-value]', function (value) {
      var way = value.closest('.way').dataset, button = document.createElement('button');
      if (!navigator.clipboard) return;
      button.type = 'button';
      button.className = 'second copy';
      button.textContent = way.copy;
      button.setAttribute('aria-label', way.copy + ' ' + value.dataset.value);
      button.onclick = function () {
        navigator.clipboard.writeText(value.dataset.value).then(function () {
          button.textContent = way.copied;
          setTimeout(function () { button.textContent = way.copy; }, 2000);
        });
      };
      value.parentNode.appendChild(button);
    });
    all('[data-seconds]', function (button) { button.ends = performance.now() + button.dataset.seconds * 1000; });
    all('.scan img', function (picture) { picture.onerror = function () { picture.closest('figure').hidden = true; }; });
  }

  setInterval(function () {
    all('[data-seconds]', function (button) {
      var left = Math.max(1, Math.ceil((button.ends - performance.now()) / 1000));
      button.textContent = button.dataset.words.replace('#', left);
    });
  }, 1000);

  // The checkout page: the total follows the delivery.

  function total() {
    var choice = one('[name=delivery]:checked');
    if (!choice) return;
    all('[data-show]', function (part) { part.textContent = choice.dataset[part.dataset.show]; });
    one('[name=shown_total]').value = choice.dataset.shown;
  }

  // One press sends once; the form's token does the rest.

  function release(form) {
    if (!form.dataset.sent) return;
    var button = form.querySelector('[data-once]');
    delete form.dataset.sent;
    button.removeAttribute('aria-disabled');
    button.textContent = form.dataset.label;
  }

  document.addEventListener('submit', function (event) {
    var form = event.target, button = form.querySelector('[data-once]'), pressed = event.submitter || document.activeElement;
    if (!button || pressed.type === 'submit' && pressed.name) return;  // not the paying button
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = '1';
    form.dataset.label = button.textContent;
    button.textContent = form.dataset.busy;
    button.setAttribute('aria-disabled', 'true');
    setTimeout(release, 10000, form);
  });
  document.addEventListener('change', function (event) { if (event.target.name === 'delivery') total(); });
  addEventListener('pageshow', function (event) {
    all('form', release);
    total();
    if (event.persisted) check();
  });

  all('[data-plain]', function (part) { part.hidden = true; });
  if (one('#errors') && !('autofocus' in one('#errors'))) one('#errors').focus();
  dress();
  watch();
})();
