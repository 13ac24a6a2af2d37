// The log grows by itself. Everything else works without this file.
const log = document.getElementById('log');
if (log) {
  const state = document.getElementById('state');
  let last = Number(log.dataset.last);
  const add = (line) => {
    const row = document.createElement('span');
    row.className = line.level.toLowerCase();
    row.textContent = `${line.when} ${line.text}`;
    log.append(row, '\n');
    last = line.number;
    while (log.childNodes.length > 4000) log.firstChild.remove();
  };
  const look = async () => {
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    try {
      // The address of the page may have the login in it, which fetch refuses.
      const answer = await fetch(`${location.origin}${log.dataset.from}?after=${last}`);
      if (!answer.ok) throw new Error(String(answer.status));
      (await answer.json()).forEach(add);
      state.textContent = 'New lines appear by themselves.';
    } catch {
      state.textContent = 'The server does not answer: it was stopped, or is busy.';
    }
    if (isAtEnd) log.scrollTop = log.scrollHeight;
    setTimeout(look, 1000);
  };
  log.scrollTop = log.scrollHeight;
  look();
}
