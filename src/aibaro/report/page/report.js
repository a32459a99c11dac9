"use strict";
(function () {
  const root = document.documentElement;
  const one = (selector, within) => (within || document).querySelector(selector);
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  root.classList.add("js");

  // language and theme -----------------------------------------------------------------------------------------
  function setLanguage(code) {
    root.lang = code;
    document.title = one("title").dataset[code];
    all("[data-set-lang]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.setLang === code)));
    all("[data-en]").forEach((element) => {
      const words = element.dataset[code];
      if (element.tagName === "OPTION") element.textContent = words;
      else if (element.tagName === "INPUT") element.placeholder = words;
      else element.setAttribute("aria-label", words);
    });
  }
  all("[data-set-lang]").forEach((b) => b.addEventListener("click", () => { setLanguage(b.dataset.setLang); count(); }));
  one("#theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  one(".switches").hidden = false;

  // ledger -----------------------------------------------------------------------------------------------------
  const table = one("#ledger-table");
  const form = one(".filters");
  const rows = all("tbody", table).map((body, place) => ({ body, place, text: null }));
  const fields = { s: one("#f-survey"), v: one("#f-verdict"), k: one("#f-kind") };
  const query = one("#q");

  rows.forEach(({ body }) => {
    const head = body.rows[0].cells[0];
    const button = document.createElement("button");
    button.type = "button";
    button.className = "unfold";
    button.setAttribute("aria-expanded", "false");
    const small = one("small", head);
    while (head.firstChild && head.firstChild !== small) button.append(head.firstChild);
    head.prepend(button);
  });

  // a step that many numbers share stands once in the file; elsewhere a link leads to it, until somebody looks
  function complete() {
    all("a.as").forEach((link) => {
      const step = document.getElementById(link.hash.slice(1)).cloneNode(true);
      step.removeAttribute("id");
      link.parentElement.replaceWith(step);
    });
  }
  document.addEventListener("toggle", complete, true);
  addEventListener("beforeprint", complete);

  function unfold(body, open) {
    complete();
    body.classList.toggle("open", open);
    one("button.unfold", body).setAttribute("aria-expanded", String(open));
  }

  let last = 0;
  function count() { one("#shown").textContent = new Intl.NumberFormat(root.lang).format(last); }

  function filter() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) complete();
    let shown = 0;
    for (const row of rows) {
      const data = row.body.dataset;
      let keep = Object.keys(fields).every((key) => !fields[key].value || fields[key].value === data[key]);
      if (keep && words.length) {
        if (row.text === null) row.text = (row.body.id + " " + row.body.textContent).toLowerCase();
        keep = words.every((word) => row.text.includes(word));
      }
      row.body.hidden = !keep;
      if (keep) shown += 1;
    }
    last = shown;
    // on paper the ledger stands where something was searched or filtered
    root.classList.toggle("asked", words.length > 0 || Object.keys(fields).some((key) => fields[key].value));
    count();
    const said = speak(words);
    one("#nothing").hidden = shown > 0 || said > 0;
    remember();
  }

  // statements with the words that are searched for, each a link to its place
  const MOST = 12;
  const statements = all("table.claims tr[id]").map((row) => ({ row, text: null }));
  function speak(words) {
    const list = one("#statements");
    const found = !words.length ? [] : statements.filter((entry) => {
      if (entry.text === null) entry.text = (entry.row.id + " " + entry.row.textContent).toLowerCase();
      return words.every((word) => entry.text.includes(word));
    });
    list.replaceChildren(...found.slice(0, MOST).map(({ row }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = "#" + encodeURIComponent(row.id);
      const words = one("th > span", row);
      link.append(...Array.from(words.childNodes, (node) => node.cloneNode(true)));
      item.append(link);
      return item;
    }));
    one("#spoken").hidden = found.length === 0;
    one("#spoken-count").textContent = new Intl.NumberFormat(root.lang).format(found.length);
    return found.length;
  }

  // the filters stand in the address, so that what is shown can be sent to somebody
  const NAMES = { q: query, survey: fields.s, verdict: fields.v, kind: fields.k };
  const MARK = "#ledger?";
  function remember() {
    const set = Object.entries(NAMES).filter(([, field]) => field.value);
    if (!set.length && !location.hash.startsWith(MARK)) return;
    const text = new URLSearchParams(set.map(([name, field]) => [name, field.value])).toString();
    history.replaceState(null, "", text ? MARK + text : "#ledger");
  }
  function recall() {
    if (!location.hash.startsWith(MARK)) return false;
    const given = new URLSearchParams(location.hash.slice(MARK.length));
    for (const [name, field] of Object.entries(NAMES)) field.value = given.get(name) || "";
    filter();
    one("#ledger").scrollIntoView({ block: "start", behavior: "instant" });
    return true;
  }

  let waiting = 0;
  query.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
  form.addEventListener("reset", () => setTimeout(filter));
  table.addEventListener("click", (event) => {
    const button = event.target.closest("button.unfold");
    if (button) {
      const body = button.closest("tbody");
      unfold(body, !body.classList.contains("open"));
    }
  });

  const order = ["inconsistent", "in_conflict", "rounding_dependent", "consistent", "reproduced", "not_checkable"];
  function sortKey(row, column) {
    const cell = row.body.rows[0].cells[column];
    if (column === 4) return order.indexOf(row.body.dataset.v);
    const part = one(root.lang === "nl" ? "u" : "i", cell);
    const text = (part || cell).textContent.trim();
    if (column === 2 || column === 3) {
      const number = parseFloat(text.replace(/\u2212/g, "-").replace(/[.](?=\d{3}(\D|$))/g, "").replace(",", "."));
      return Number.isNaN(number) ? Infinity : number;
    }
    return text.toLowerCase();
  }
  all("thead th", table).forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const was = head.getAttribute("aria-sort");
      all("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
      if (was === "descending") rows.sort((a, b) => a.place - b.place);
      else {
        const sign = was === "ascending" ? -1 : 1;
        const keys = new Map(rows.map((row) => [row, sortKey(row, column)]));
        rows.sort((a, b) => {
          const x = keys.get(a), y = keys.get(b);
          return (x < y ? -sign : x > y ? sign : 0) || a.place - b.place;
        });
        head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      }
      table.append(...rows.map((row) => row.body));
    });
  });
  form.hidden = false;
  if (!recall()) filter();

  // permanent links --------------------------------------------------------------------------------------------
  function follow() {
    if (!location.hash || recall()) return;
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let up = target; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    if (target.parentElement === table) {
      if (target.hidden) { form.reset(); filter(); }
      unfold(target, true);
    } else if (target.tagName === "TR") all("details", target).forEach((d) => { d.open = true; });
    target.scrollIntoView({ block: "start", behavior: "instant" });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-ask]");
    if (!link) return;
    event.preventDefault();
    location.hash = MARK + link.dataset.ask;
  });
  addEventListener("hashchange", follow);
  follow();
})();
