const due = new Set<() => void>();

/** Draws with the next frame, however often it is asked for: the browser lays the page out once. */
export function inFrame(draw: () => void): void {
  if (due.size === 0) {
    requestAnimationFrame(drawAll);
  }
  due.add(draw);
}

function drawAll(): void {
  const draws = [...due];
  due.clear();
  for (const draw of draws) {
    draw();
  }
}
