import type { ByLanguage } from "./language.js";

/**
 * Hard questions: something to reason about, often with the material for it. `{material}` is some twenty to forty lines of
 * `material.ts`, `{lines}` a few of them. Filled in as lookups are.
 */
export const complex: ByLanguage<readonly string[]> = {
  en: [
    "Analyze these support tickets and name the three root causes, with the evidence for each:\n{material}",
    "Explain step by step why the margin on {topic} fell although sales in {city} rose, given:\n{lines}",
    "Compare three ways to ship {topic} from {city} (sea, air, rail) for cost, risk and customs, and say which one when.",
    "Evaluate whether we should open a second warehouse in {city}, with assumptions, numbers and what would change your mind.",
    "Here is the log of an incident. Reconstruct the timeline and say what should have stopped it:\n{material}",
    "Recommend a pricing strategy for {product} against {brand}, with the risks and how to test each step.",
    "Read this contract with a supplier of {topic} and list the clauses that work against us, and why:\n{material}",
    "Our returns of {product} doubled in a quarter. Work out the likely causes from these notes and rank them:\n{material}",
    "Explain how the refund rules interact when an order has a voucher, two sellers and a late delivery. Work through {order} as an example.",
    "Design an experiment that tells whether free shipping to {city} pays for itself, with sample size and stopping rule.",
    "Compare these two supplier offers line by line and negotiate: draft the counter-offer.\n{material}",
    "Why might a model that ranks {topic} learn to prefer cheap goods? Think about selection bias, and how to correct it.",
    "Plan the migration of the orders table (400 million rows, {city} first) without downtime, with rollback at each step.",
    "Evaluate the arguments in this thread about banning {topic} and write the decision memo:\n{material}",
    "Analyze the fraud pattern: {name} placed orders {order} and six more to {city} within an hour, each from another card.",
    "Prove or refute: with stock counted once a night, overselling {product} cannot exceed a day's demand.",
    "Explain the trade-offs between eventual and strong consistency for a cart that is shared by a family in {city}.",
    "These are the comments of a year. Find what changed in the spring and what customers only hint at:\n{material}",
    "Work out the break-even of a loyalty programme for buyers of {topic} at {price} per order, and its sensitivity.",
    "Analyze how a 10 % tariff on {topic} moves through our prices, our sellers in {city} and demand over two years.",
  ],
  id: [
    "Analisis tiket-tiket ini dan sebutkan tiga akar masalah dengan buktinya:\n{material}",
    "Jelaskan langkah demi langkah mengapa margin {topic} turun padahal penjualan di {city} naik.",
    "Baca kontrak dengan pemasok {topic} ini dan jelaskan pasal mana yang merugikan kami:\n{material}",
    "Bandingkan tiga cara mengirim {topic} dari {city} menurut biaya, risiko, dan bea cukai.",
    "Pengembalian {product} naik dua kali lipat. Cari penyebabnya dari catatan ini dan urutkan:\n{material}",
    "Ini log sebuah insiden. Susun urutan kejadiannya dan apa yang seharusnya mencegahnya:\n{material}",
    "Rancang percobaan untuk mengetahui apakah gratis ongkir ke {city} menguntungkan.",
    "Komentar setahun ini: apa yang berubah, dan apa yang hanya tersirat?\n{material}",
  ],
  vi: [
    "Phân tích các phiếu hỗ trợ này và nêu ba nguyên nhân gốc kèm bằng chứng:\n{material}",
    "Giải thích từng bước vì sao biên lợi nhuận của {topic} giảm dù doanh số ở {city} tăng.",
    "Đọc hợp đồng với nhà cung cấp {topic} này và chỉ ra điều khoản bất lợi cho chúng tôi:\n{material}",
    "So sánh ba cách vận chuyển {topic} từ {city} theo chi phí, rủi ro và hải quan.",
    "Tỷ lệ trả hàng {product} tăng gấp đôi. Tìm nguyên nhân từ các ghi chú này và xếp hạng:\n{material}",
    "Đây là nhật ký sự cố. Dựng lại trình tự và nói điều gì lẽ ra đã ngăn được:\n{material}",
    "Thiết kế thử nghiệm để biết miễn phí vận chuyển đến {city} có lợi không.",
    "Bình luận của một năm: điều gì đã thay đổi, và điều gì chỉ được ngụ ý?\n{material}",
  ],
  ko: [
    "다음 문의들을 분석해 근본 원인 세 가지와 근거를 말해 주세요:\n{material}",
    "{city} 매출은 늘었는데 {topic} 마진이 줄어든 이유를 단계별로 설명해 주세요.",
    "{topic} 공급 계약을 읽고 우리에게 불리한 조항과 이유를 정리해 주세요:\n{material}",
    "{city}에서 {topic}을 보내는 세 가지 방법을 비용, 위험, 통관으로 비교해 주세요.",
    "{product} 반품이 두 배가 되었습니다. 메모를 보고 원인을 찾아 순위를 매겨 주세요:\n{material}",
    "장애 기록입니다. 시간 순서로 재구성하고 무엇이 막았어야 했는지 말해 주세요:\n{material}",
    "{city} 무료 배송이 이익인지 알아볼 실험을 설계해 주세요.",
    "일 년치 의견입니다. 무엇이 바뀌었고 무엇이 암시만 되었나요?\n{material}",
  ],
};
