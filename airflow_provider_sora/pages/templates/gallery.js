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
// Decisions go to Airflow's own REST API with this person's login; what came of them is read from the archive.
const box=document.querySelector(".decide");
if(box){const say=box.dataset,told=box.querySelector(".told"),sure=box.querySelector(".sure"),words=box.elements.words;
box.hidden=false;let asked=null;
const tell=(text,again)=>{told.textContent=text;box.querySelector(".again").hidden=!again};
const lock=on=>box.querySelectorAll("button,textarea").forEach(e=>{e.disabled=on});
const look=async()=>{const answer=await fetch(say.trail,{cache:"no-store"});if(!answer.ok)throw new Error(answer.status);return answer.json()};
const decision=d=>[say[`state${d.state[0].toUpperCase()}${d.state.slice(1)}`],d.by,d.at,d.why].filter(Boolean).join(", ");
const first=t=>tell(say.wasFirst.replace("{decision}",t.decisions.length?decision(t.decisions.at(-1)):"?"),true);
const wait=async act=>{for(let i=0;i<90;i++){await new Promise(done=>setTimeout(done,2000));
let now;try{now=await look()}catch{continue/* the archive or the server is busy: asked again */}
const d=now.decisions[Number(say.seen)];
if(d&&d.by!==say.me)return first(now);
if(d||(act==="ask"&&now.asked))return location.reload()}
tell(say.stillWaiting,true)};
const send=async b=>{lock(true);tell(say.sending);const body=JSON.parse(b.dataset.body);
if(b.dataset.words){const keys=b.dataset.words.split("."),last=keys.pop();keys.reduce((o,k)=>o[k],body)[last]=words.value.trim()}
let answer;try{answer=await fetch(b.dataset.address,{method:b.dataset.method,headers:{"content-type":"application/json"},body:JSON.stringify(body)})}catch{return tell(say.noWord,true)}
if(answer.status===409){try{first(await look())}catch{tell(say.noWord,true)}return}
if(answer.status===401||answer.status===403)return tell(say.notAllowed,true);
if(!answer.ok)return tell(say.notTaken.replace("{status}",answer.status),true);
tell(b.dataset.then);return wait(["ask"].find(name=>b.classList.contains(name)))};
box.querySelectorAll(".act").forEach(b=>b.addEventListener("click",()=>{
if("needs" in b.dataset&&!words.value.trim()){tell(say.needsWords);words.focus();return}
if(!b.dataset.sure)return send(b);
asked=b;sure.querySelector("span").textContent=b.dataset.sure;sure.hidden=false;sure.querySelector(".no").focus()}));
sure?.querySelector(".yes").addEventListener("click",()=>{sure.hidden=true;send(asked)});
sure?.querySelector(".no").addEventListener("click",()=>{sure.hidden=true;asked.focus()});
box.addEventListener("submit",e=>e.preventDefault())}
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
