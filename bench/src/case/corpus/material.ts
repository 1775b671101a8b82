import type { ByLanguage } from "./language.js";

/** Lines of what hard questions come with: tickets, notes, logs, clauses. Filled in as lookups are. */
export const materialLines: ByLanguage<readonly string[]> = {
  en: [
    '{date} ticket {order}, {city}: "{question}" Closed after two replies, reopened once.',
    '{date} review of {product}: "{review}" The seller did not answer.',
    "{date} {name} called about {order}; the courier says delivered, the building has no reception.",
    "{date} 0{digit}:1{digit} checkout in {city} answers slowly, the queue of payments grows, nobody is paged.",
    "{date} 0{digit}:4{digit} the operator {name} restarts the worker; orders for {topic} are taken twice for nine minutes.",
    "Clause {digit}.{digit}: the supplier may change prices of {topic} with seven days' notice, the buyer with ninety.",
    "Clause 1{digit}: goods damaged between {city} and the warehouse are the buyer's risk, whatever clause {digit} says.",
    "{date} note: {brand} changed the box of {product}, returns for breakage went from 2 to {digit} in a hundred.",
    "{date} the price of {product} was lowered to {price} and back within a day; the voucher stayed valid.",
    "{date} warehouse {city}: count of {topic} is off by 1{digit}, the night shift used the old list.",
    '{date} chat: "{question}" Agent: which order? Customer: {order}, I said so already.',
    "{date} {name} from finance: freight for {topic} is up {digit} % since the spring, nobody passed it on.",
  ],
  id: [
    '{date} tiket {order}, {city}: "{question}" Ditutup setelah dua balasan, dibuka lagi sekali.',
    '{date} ulasan {product}: "{review}" Penjual tidak menjawab.',
    "{date} {name} menelepon soal {order}; kurir bilang sudah sampai, gedung tidak punya resepsionis.",
    "{date} 0{digit}:1{digit} pembayaran di {city} melambat, antrean memanjang, tidak ada yang dipanggil.",
    "Pasal {digit}: pemasok boleh mengubah harga {topic} dengan pemberitahuan tujuh hari, pembeli sembilan puluh.",
    "{date} catatan: {brand} mengganti kotak {product}, retur karena pecah naik dari 2 menjadi {digit} per seratus.",
    "{date} gudang {city}: hitungan {topic} selisih 1{digit}, giliran malam memakai daftar lama.",
    "{date} harga {product} turun ke {price} lalu kembali dalam sehari; kupon tetap berlaku.",
  ],
  vi: [
    '{date} phiếu {order}, {city}: "{question}" Đóng sau hai lần trả lời, mở lại một lần.',
    '{date} đánh giá {product}: "{review}" Người bán không trả lời.',
    "{date} {name} gọi về đơn {order}; bưu tá nói đã giao, tòa nhà không có lễ tân.",
    "{date} 0{digit}:1{digit} thanh toán ở {city} chậm, hàng đợi dài ra, không ai được báo.",
    "Điều {digit}: nhà cung cấp được đổi giá {topic} sau bảy ngày báo trước, bên mua sau chín mươi ngày.",
    "{date} ghi chú: {brand} đổi hộp {product}, trả hàng do vỡ tăng từ 2 lên {digit} phần trăm.",
    "{date} kho {city}: số đếm {topic} lệch 1{digit}, ca đêm dùng danh sách cũ.",
    "{date} giá {product} hạ xuống {price} rồi trở lại trong một ngày; phiếu giảm giá vẫn dùng được.",
  ],
  ko: [
    '{date} 문의 {order}, {city}: "{question}" 두 번 답변 후 종료, 한 번 다시 열림.',
    '{date} {product} 후기: "{review}" 판매자는 답하지 않음.',
    "{date} {name} 님이 {order} 건으로 전화; 기사는 배송 완료라 하고 건물에는 안내 데스크가 없음.",
    "{date} 0{digit}:1{digit} {city} 결제가 느려지고 대기열이 늘어나지만 아무도 호출되지 않음.",
    "제{digit}조: 공급자는 7일 전 통지로 {topic} 가격을 바꿀 수 있고 구매자는 90일 전에 해야 한다.",
    "{date} 메모: {brand}가 {product} 상자를 바꾼 뒤 파손 반품이 백 건에 2건에서 {digit}건으로 늘었다.",
    "{date} {city} 창고: {topic} 재고가 1{digit}개 차이, 야간 조가 옛 목록을 썼다.",
    "{date} {product} 가격이 {price}로 내렸다가 하루 만에 돌아왔고 쿠폰은 그대로 유효했다.",
  ],
};
