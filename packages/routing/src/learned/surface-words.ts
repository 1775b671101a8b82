/**
 * Groups of words that tell what a prompt asks for, in English, Indonesian, Vietnamese, Korean and Chinese. Of Korean
 * and Chinese, parts of words count: `inner` is looked for anywhere.
 */
export const wordGroups: readonly { readonly name: string; readonly words: string; readonly inner?: string }[] = [
  { name: "percentages", words: "percent persen", inner: "퍼센트 百分" },
  { name: "money", words: "dollar dollars cent cents rupiah đồng", inner: "달러 元" },
  {
    name: "number words",
    words:
      "two three four five six seven eight nine ten hundred thousand dozen half twice double third dua tiga hai ba",
  },
  {
    name: "code words",
    words: "def return function class import const assert print elif lambda void python array string tuple list dict",
  },
  { name: "all or none", words: "both neither none semua" },
  {
    name: "who, when, where",
    words: "who whom whose when where siapa kapan dimana ai đâu",
    inner: "누가 누구 언제 어디 谁 何时 哪里",
  },
  { name: "which, what", words: "which what manakah apa apakah nào gì", inner: "무엇 어느 어떤 什么 哪" },
  { name: "why, how", words: "why how mengapa kenapa bagaimana sao", inner: "왜 어떻게 为什么 如何 怎么" },
  { name: "how many", words: "many much berapa nhiêu mấy", inner: "얼마 몇 多少 几" },
  {
    name: "negations",
    words: "not no never except least cannot false incorrect unless bukan tidak kecuali không trừ",
    inner: "않 아닌 제외 不 非 除了",
  },
  {
    name: "tasks",
    words:
      "write prove show derive solve compute calculate determine evaluate simplify find explain analyze compare " +
      "describe design implement tulis buktikan hitung tentukan jelaskan bandingkan minh tính thích sánh viết",
    inner: "증명 계산 구하 설명 비교 작성 证明 计算 解释 比较 编写",
  },
  {
    name: "conditions",
    words: "if suppose assume given let such where jika misalkan diketahui nếu giả",
    inner: "만약 라면 如果 假设",
  },
  {
    name: "constraints",
    words: "must each every exactly only least most without all any setiap hanya harus mỗi phải chỉ",
    inner: "모든 반드시 각 必须 每 只",
  },
  {
    name: "comparisons",
    words: "more less fewer greater older younger taller times than lebih kurang hơn",
    inner: "보다 更 比",
  },
  {
    name: "reasoning",
    words: "because therefore thus hence implies conclude argument premise valid true statement karena maka vì",
    inner: "때문 因为 所以",
  },
  {
    name: "units",
    words:
      "hour hours minute minutes day days week weeks month months year years mile miles meter meters metre metres feet " +
      "inches pound pounds kg cm mm km volt volts ohm ohms joule joules mol gram grams jam menit hari giờ phút ngày",
  },
  {
    name: "law",
    words: "court plaintiff defendant contract statute liable jury sue sued constitutional attorney evidence",
  },
  { name: "first person", words: "i me my saya tôi" },
  { name: "third person", words: "he she his her they their dia mereka" },
  {
    name: "most, best",
    words: "most best likely primary main correct following typically paling terbaik nhất",
    inner: "가장 最",
  },
  { name: "order to answer", words: "answer step think boxed carefully jawaban" },
];

/** Function words of Indonesian and Malay, which have no letter of their own. */
export const indonesianWords: ReadonlySet<string> = new Set(
  (
    "yang dan dari untuk dengan adalah ini itu pada tidak dalam atau akan oleh sebagai bahwa mereka seorang sebuah " +
    "berikut manakah apa apakah ke di saya bagi telah boleh antara jika karena kerana dapat"
  ).split(" "),
);
