(()=>{"use strict";
const root=document.documentElement,body=document.body;
// Airflow's own choice of light or dark is a class on its page; ours lies in a frame of it.
const follow=()=>{const c=parent.document.documentElement.classList;
const theme=["dark","light"].find(t=>c.contains(t));if(theme)root.dataset.theme=theme;else delete root.dataset.theme};
const framed=parent!==window;
if(framed){try{follow();new MutationObserver(follow).observe(parent.document.documentElement,{attributes:true,attributeFilter:["class"]})}catch{/* another site's frame: the browser's own choice stays */}}
// One video at a time.
const videos=()=>[...document.querySelectorAll("video")];
document.addEventListener("play",e=>videos().forEach(v=>{if(v!==e.target)v.pause()}),true);
// The frame may open no other page: what leads out is copied instead.
const copy=async(address)=>{const told=document.querySelector(".copied");const full=new URL(address,location.href).href;
let done=false;try{await navigator.clipboard.writeText(full);done=true}catch{/* plain http or no permission: shown to be copied by hand */}
if(told){told.hidden=false;told.textContent=done?body.dataset.copied.replace("{address}",full):`${body.dataset.copy} ${full}`}};
document.querySelectorAll("button.copy").forEach(b=>{b.hidden=false;b.addEventListener("click",()=>copy(b.dataset.address))});
if(framed)document.querySelectorAll("a.out").forEach(a=>a.addEventListener("click",e=>{e.preventDefault();copy(a.href)}));
// Arrows go from video to video, space plays. No key decides anything.
document.addEventListener("keydown",e=>{
if(e.altKey||e.ctrlKey||e.metaKey||e.shiftKey||e.target.closest("input,select,textarea,button,summary,video"))return;
const cards=[...document.querySelectorAll(".card")],here=cards.indexOf(e.target.closest(".card"));
if(e.key===" "){const v=(cards[here]||cards[0])?.querySelector("video");if(v){e.preventDefault();v.paused?v.play():v.pause()}return}
const step={ArrowRight:1,ArrowDown:1,ArrowLeft:-1,ArrowUp:-1}[e.key];if(!step)return;
const links=cards.map(c=>c.querySelector("a.open")).filter(Boolean);if(!links.length)return;
const now=links.indexOf(document.activeElement),to=links[now<0?0:Math.min(links.length-1,Math.max(0,now+step))];
e.preventDefault();to.focus();to.closest(".card").scrollIntoView({block:"nearest"})});
})();
