'use strict';
// Adds to a page that is whole without it: details on hover and focus, a table that sorts, filters and exports.
// Text from articles is only ever read and written as text, never as markup.
{
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);

  document.documentElement.classList.add('js');

  // ---- The table, which knows everything that the page tells ----

  const table = document.querySelector('.statements');
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const column = (name) => heads.findIndex((head) => head.dataset.csv === name);
  const value = (row, at) => row.cells[at].dataset.value ?? row.cells[at].textContent.trim();
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

  // ---- Details of a statement ----

  let shown = null;
  let pinned = false;

  const partsOf = (number) => all(`[data-s~="${number}"], [data-by~="${number}"], #c${number}`);

  function hide() {
    if (!shown) return;
    byId('note').remove();
    partsOf(shown).forEach((part) => part.classList.remove('on'));
    shown = null;
    pinned = false;
  }

  function show(number, pin) {
    if (shown !== number) {
      hide();
      const chip = byId(`c${number}`);
      if (!chip) return;
      chip.closest('.reading').querySelector('.notes').append(noteOf(number));
      partsOf(number).forEach((part) => part.classList.add('on'));
      shown = number;
    }
    pinned = pinned || pin;
  }

  // The innermost statement of a passage, or the one whose sign it is.
  function numberAt(target) {
    const chip = target.closest('.chip');
    if (chip) return chip.id.slice(1);
    const mark = target.closest('mark[data-s]');
    return mark && mark.dataset.s.split(' ')[0];
  }

  function make(tag, className, ...content) {
    const element = document.createElement(tag);
    element.className = className;
    element.append(...content);
    return element;
  }

  // A label that looks like the one in the table's head or row: its sign, then its name.
  const signed = (sign, name) => [sign.cloneNode(true), ' ', make('bdi', '', name)];

  function bars(caption, lines) {
    const table = make('table', 'bars');
    table.createCaption().append(...caption);
    const longest = Math.max(...lines.map((line) => line.length));
    for (const line of lines) {
      const row = table.insertRow();
      row.className = line.className;
      const head = make('th', '', ...line.name);
      head.scope = 'row';
      const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
      const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      bar.setAttribute('width', `${(100 * line.length) / (line.most ?? longest)}%`);
      drawing.append(bar);
      const cell = make('td', 'bar', drawing);
      cell.setAttribute('aria-hidden', 'true');
      row.append(head, cell, make('td', 'count', line.shown));
    }
    return table;
  }

  function probabilities(row) {
    const of = (head, at) => ({
      name: signed(head.querySelector('.sign'), head.dataset.csv.slice(2)),
      length: parseFloat(row.cells[at].dataset.value),
      most: 1,
      shown: row.cells[at].textContent,
      className: head.className,
    });
    const isProbability = (head) => head.dataset.csv && head.dataset.csv.startsWith('p_');
    const lines = heads.map((head, at) => isProbability(head) && of(head, at)).filter(Boolean);
    return bars(['Probability of each stance'], lines);
  }

  function words(row, label) {
    const lines = all('.why bdi', row).map((word) => {
      const push = parseFloat(word.dataset.push);
      return {
        name: [word.cloneNode(true)],
        length: Math.abs(push),
        shown: (push < 0 ? '−' : '+') + Math.abs(push).toFixed(1),
        className: push < 0 ? 'against' : '',
      };
    });
    if (lines.length) return bars(['Words that decided, for + and against − ', make('bdi', '', label)], lines);
    return make('p', 'how', 'The model knows no word of it: these are the probabilities of any text.');
  }

  // Everything that the table has of a statement.
  function noteOf(number) {
    const row = byId(`r${number}`);
    const cell = (name) => row.querySelector(`.${name}`);
    const label = cell('stance').querySelector('bdi').textContent;
    const speaker = cell('speaker').textContent;
    const { mention, kind } = row.dataset;

    const title = make('h4', '', ...signed(cell('stance').querySelector('.sign'), label), ' ',
      make('span', 'sure', cell('sure').textContent));
    const who = make('p', 'who', make('b', '', make('bdi', '', speaker)));
    if (mention && mention !== speaker) who.append(', as “', make('bdi', '', mention), '”');
    const cue = cell('cue').textContent;
    const how = make('p', 'how', ...(cue ? [make('i', '', make('bdi', '', cue)), ' · '] : []), `${kind} speech`);
    if (row.classList.contains('unsure')) how.append(' · ', make('b', '', 'unsure'));
    const link = make('a', 'where', `Row ${number} of the table`);
    link.href = `#r${number}`;
    const close = make('button', 'close', '×');
    close.type = 'button';
    close.setAttribute('aria-label', 'Close the details');
    close.addEventListener('click', leave);

    const note = make('section', `note ${row.className}`, title, who, how, probabilities(row), words(row, label), link, close);
    note.id = 'note';
    note.tabIndex = -1;
    note.setAttribute('aria-label', `Statement ${number}`);
    return note;
  }

  // Back to where the reader was.
  function leave() {
    const chip = byId(`c${shown}`);
    const inside = byId('note').contains(document.activeElement);
    if (inside) chip.focus({ preventScroll: true });
    hide();
  }

  for (const article of all('.reading article')) {
    article.addEventListener('mouseover', (event) => {
      const number = numberAt(event.target);
      if (number && !pinned) show(number, false);
    });
    article.addEventListener('focusin', (event) => {
      const number = numberAt(event.target);
      if (!number) return;
      pinned = false;
      show(number, false);
    });
    article.addEventListener('click', (event) => {
      const number = numberAt(event.target);
      if (!number) return;
      event.preventDefault();
      const again = shown === number && pinned;
      if (again) return hide();
      pinned = false;
      show(number, true);
      // Enter on a sign leads into the details, where a screen reader goes on.
      if (event.detail === 0) byId('note').focus({ preventScroll: true });
    });
  }

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && shown) leave();
  });

  // Links into folded articles unfold them.
  function unfold(id) {
    const target = id && byId(id);
    if (!target) return;
    const folded = target.closest('details');
    if (folded) folded.open = true;
    const number = /^c(\d+)$/.exec(id);
    if (number) show(number[1], true);
  }
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]:not(.chip)');
    if (link) unfold(link.getAttribute('href').slice(1));
  });
  unfold(location.hash.slice(1));
  addEventListener('beforeprint', () => all('details').forEach((details) => { details.open = true; }));

  // ---- Sorting ----

  function sort(at) {
    const head = heads[at];
    const numbers = head.dataset.type === 'number';
    const now = head.getAttribute('aria-sort');
    // Numbers are asked for the largest first.
    const first = numbers && at > 0 ? 'descending' : 'ascending';
    const order = now ? (now === 'ascending' ? 'descending' : 'ascending') : first;
    heads.forEach((other) => other.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', order);
    const sign = order === 'ascending' ? 1 : -1;
    const compare = numbers
      ? (a, b) => parseFloat(value(a, at)) - parseFloat(value(b, at))
      : (a, b) => collator.compare(value(a, at), value(b, at));
    rows.sort((a, b) => sign * compare(a, b));
    body.append(...rows);
  }

  // On a phone rows are shown as cards, which would cost the table its meaning.
  const roles = { TABLE: 'table', THEAD: 'rowgroup', TBODY: 'rowgroup', TR: 'row', TH: 'columnheader', TD: 'cell' };
  [table, ...all('thead, tbody, tr, th, td', table)].forEach((part) => part.setAttribute('role', roles[part.tagName]));

  heads.forEach((head, at) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    if (head.hasAttribute('aria-label')) {
      button.setAttribute('aria-label', head.getAttribute('aria-label'));
    }
    button.addEventListener('click', () => sort(at));
    head.append(button);
  });

  // ---- Filters ----

  const stance = byId('filter-stance');
  const speaker = byId('filter-speaker');
  const text = byId('filter-text');
  const count = byId('filter-count');

  function fill(select, values, nameless) {
    const different = [...new Set(values)].sort(collator.compare);
    // The first option is "all", which an empty value would be taken for.
    for (const one of different) select.add(new Option(one || nameless, `=${one}`));
  }
  fill(stance, rows.map((row) => value(row, column('stance'))), '');
  fill(speaker, rows.map((row) => value(row, column('speaker'))), 'No speaker named');

  function isWanted(row) {
    const is = (select, name) => !select.value || select.value === `=${value(row, column(name))}`;
    const words = text.value.toLocaleLowerCase('en').split(/\s+/).filter(Boolean);
    const read = row.textContent.toLocaleLowerCase('en');
    return is(stance, 'stance') && is(speaker, 'speaker') && words.every((word) => read.includes(word));
  }

  function filter() {
    rows.forEach((row) => { row.hidden = !isWanted(row); });
    const left = rows.filter((row) => !row.hidden).length;
    count.textContent = `${left} of ${rows.length} statements`;
    byId('export').disabled = left === 0;
  }
  [stance, speaker, text].forEach((control) => control.addEventListener('input', filter));
  filter();
  document.querySelector('.filters').hidden = rows.length === 0;

  // ---- Export ----

  // A spreadsheet runs text that starts like a formula, also behind white space and in full width.
  const isFormula = (field) => /^\s*[=+\-@＝＋－＠]/.test(field) || /^[\t\r]/.test(field);
  const quoted = (field) => `"${field.replace(/"/g, '""')}"`;
  const safe = (field) => quoted(isFormula(field) ? `'${field}` : field);

  function csv() {
    const exported = heads.map((head, at) => ({ name: head.dataset.csv, at, type: head.dataset.type }))
      .filter((one) => one.name);
    const names = ['id', 'date', 'mention', 'kind', ...exported.map((one) => one.name)];
    const line = (row) => [
      ...['id', 'date', 'mention', 'kind'].map((name) => safe(row.dataset[name] ?? '')),
      ...exported.map((one) => (one.type ? value(row, one.at) : safe(value(row, one.at)))),
    ];
    const lines = rows.filter((row) => !row.hidden).map(line);
    return [names.map(safe), ...lines].map((fields) => fields.join(',')).join('\r\n') + '\r\n';
  }

  byId('export').addEventListener('click', () => {
    // The mark tells spreadsheets that this is UTF-8.
    const file = new Blob(['\ufeff', csv()], { type: 'text/csv;charset=utf-8' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = 'statements.csv';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}
