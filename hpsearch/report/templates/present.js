// One screen at a time, its text as small as it must be to be seen whole: arrow keys, space, Home and End, the buttons, or a finger drawn sideways. The address
// keeps the place, so that a screen can be linked to and comes back after a reload.
{
  const screens = [...document.querySelectorAll(".screen")];
  const at = document.getElementById("at");
  let now = 0;
  const page = document.documentElement;
  const smallest = 0.6;  // of the usual size: what needs less is scrolled
  const fit = () => {
    const { style } = screens[now];
    style.fontSize = "";
    for (let size = 1; size > smallest && page.scrollHeight > innerHeight; size -= 0.05) style.fontSize = `${size - 0.05}em`;
  };
  const isMore = (key, isBack) => {
    if (isBack) return scrollY > 0 && ["ArrowUp", "PageUp", " "].includes(key);
    return scrollY + innerHeight < page.scrollHeight - 1 && ["ArrowDown", "PageDown", " "].includes(key);
  };
  const show = (to) => {
    now = Math.min(Math.max(to, 0), screens.length - 1);
    screens.forEach((screen, place) => { screen.hidden = place !== now; });
    at.textContent = `${now + 1} of ${screens.length}`;
    history.replaceState(null, "", `#${now + 1}`);
    scrollTo(0, 0);
    fit();
  };
  const fromAddress = () => show((Number(location.hash.slice(1)) || 1) - 1);
  const last = screens.length - 1;
  const moves = {
    ArrowRight: () => now + 1, ArrowDown: () => now + 1, PageDown: () => now + 1, " ": () => now + 1,
    ArrowLeft: () => now - 1, ArrowUp: () => now - 1, PageUp: () => now - 1, Home: () => 0, End: () => last,
  };
  document.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    const presses = event.key === " " && event.target.matches("button");
    if (!move || presses || event.ctrlKey || event.metaKey || event.altKey) return;
    const isBack = event.key.endsWith("Up") || (event.key === " " && event.shiftKey);
    if (isMore(event.key, isBack)) return;
    event.preventDefault();
    show(event.key === " " && event.shiftKey ? now - 1 : move());
  });
  document.getElementById("back").addEventListener("click", () => show(now - 1));
  document.getElementById("on").addEventListener("click", () => show(now + 1));
  let from = null;
  document.addEventListener("touchstart", ({ touches }) => { from = touches.length === 1 ? touches[0].clientX : null; }, { passive: true });
  document.addEventListener("touchend", ({ changedTouches }) => {
    const moved = from === null ? 0 : changedTouches[0].clientX - from;
    if (Math.abs(moved) > 60) show(now + (moved < 0 ? 1 : -1));
    from = null;
  });
  addEventListener("hashchange", fromAddress);
  addEventListener("resize", fit);
  addEventListener("beforeprint", () => { screens[now].style.fontSize = ""; });
  document.getElementById("turn").hidden = false;
  fromAddress();
}
