// Buttons that copy the text of the element after them.
for (const button of document.querySelectorAll("button.copy")) {
  const text = button.nextElementSibling;
  const said = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(text);
    if (navigator.clipboard) await navigator.clipboard.writeText(text.textContent);
    else document.execCommand("copy"); // pages from a file in some browsers
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = said; }, 1500);
  });
}
