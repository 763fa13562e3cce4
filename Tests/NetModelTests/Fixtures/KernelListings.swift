// SPDX-License-Identifier: GPL-3.0-or-later

/// What `iptables-save` of a real kernel printed after `iptables-restore` had read the text beside it.
///
/// Linux 6.18, iptables 1.8.9; the legacy and the nf_tables variants agree but for the order of tables. Rules with
/// nfacct were left out of the dumps of kube-proxy: that kernel has no such object.
enum KernelListings {
  /// Matches and targets in many spellings.
  static let matches = #"""
    *filter
    :KUBE-X - [0:0]
    :KUBE-Y - [0:0]
    -A KUBE-X -m comment --comment "a b \"q\" \\ end" -m tcp -p tcp -d 172.30.0.46 --dport 80 -j REJECT
    -A KUBE-X -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 3001 -j DROP
    -A KUBE-X -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
    -A KUBE-X -m mark --mark 0x4000/0x4000 -g KUBE-Y
    -A KUBE-X -m mark ! --mark 5 -j RETURN
    -A KUBE-X -p udp -m multiport ! --dports 1:5,80 -j DROP
    -A KUBE-X -p tcp -m multiport --ports 53,443 
    -A KUBE-X -p tcp --syn -j ACCEPT
    -A KUBE-X -p tcp ! --syn -j ACCEPT
    -A KUBE-X -p tcp --tcp-flags ALL NONE -j DROP
    -A KUBE-X -p icmp --icmp-type echo-request -j ACCEPT
    -A KUBE-X -p icmp --icmp-type any -j ACCEPT
    -A KUBE-X -i eth+ ! -o lo -p tcp --sport 1024: -j ACCEPT
    -A KUBE-X -p udp --dport :100 ! --sport 5:5 -j REJECT --reject-with icmp-host-prohibited
    -A KUBE-X -p tcp -j REJECT --reject-with tcp-reset
    -A KUBE-X -m state --state NEW,RELATED -j ACCEPT
    -A KUBE-X -m statistic --mode random --probability 0.3333333333
    -A KUBE-X -m statistic --mode random ! --probability 0.25
    -A KUBE-X -m statistic --mode nth --every 3 --packet 1
    -A KUBE-X -m recent --name FOO --rcheck --seconds 10800 --reap
    -A KUBE-X -m recent --name FOO --set
    -A KUBE-X -m recent ! --rcheck --name FOO --seconds 10 --hitcount 3 --rdest
    -A KUBE-X -m recent --update
    -A KUBE-X -m recent --remove --name FOO --mask 255.255.255.0
    -A KUBE-X -m limit --limit 5/min
    -A KUBE-X -m limit --limit 7/sec --limit-burst 9
    -A KUBE-X -m limit --limit 1/hour
    -A KUBE-X -m limit --limit 3000/sec
    -A KUBE-X -m connmark --mark 0x1/0xf
    -A KUBE-X -m physdev --physdev-is-bridged
    -A KUBE-X -m physdev ! --physdev-is-in --physdev-out eth0
    -A KUBE-X -m addrtype ! --src-type LOCAL,UNICAST --limit-iface-in
    -A KUBE-X -m addrtype --src-type LOCAL ! --dst-type BROADCAST
    -A KUBE-X -j LOG --log-prefix "a b " --log-level 4
    -A KUBE-X -j NFLOG --nflog-group 5 --nflog-prefix "x y"
    -A KUBE-X -p sctp --dport 99
    -A KUBE-X ! -p tcp
    -A KUBE-X -p 47 -d 0.0.0.0/0 -s 10.1.2.3/8
    -A KUBE-X -p all -m comment --comment plain
    -A KUBE-X -f -j DROP
    -A KUBE-X -m pkttype --pkt-type broadcast -j DROP
    -A KUBE-X -m icmp -p icmp --icmp-type 3/1
    -A KUBE-X -s 10.0.0.0/255.0.255.0
    -A KUBE-X -m conntrack --ctstate INVALID,UNTRACKED,SNAT,NEW
    COMMIT
    *nat
    :KUBE-Z - [0:0]
    -A KUBE-Z -j MARK --or-mark 0x4000
    -A KUBE-Z -j MARK --xor-mark 0x4000
    -A KUBE-Z -j MARK --and-mark 0x4000
    -A KUBE-Z -j MARK --set-mark 0x4000
    -A KUBE-Z -j MARK --set-mark 0x4000/0xf000
    -A KUBE-Z -j MARK --set-xmark 0x4000/0xf000
    -A KUBE-Z -j MASQUERADE
    -A KUBE-Z -j MASQUERADE --random-fully
    -A KUBE-Z -p tcp -j MASQUERADE --to-ports 100-200 --random
    -A KUBE-Z -p tcp -j DNAT --to-destination 10.0.0.1:80
    -A KUBE-Z -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.5:80-90 --random --persistent
    -A KUBE-Z -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.5 --persistent
    -A KUBE-Z -p tcp -j DNAT --to-destination :80
    -A KUBE-Z -p tcp -j SNAT --to-source 10.0.0.1-10.0.0.3:1-5 --random-fully
    -A KUBE-Z -p tcp -j SNAT --to-source 10.0.0.1 --persistent
    -A KUBE-Z -p tcp -j REDIRECT --to-ports 8080
    -A KUBE-Z -p tcp -j REDIRECT --to-ports 8080-8090 --random
    -A KUBE-Z -p tcp -j REDIRECT
    -A KUBE-Z -j CONNMARK --save-mark
    -A KUBE-Z -j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xf0
    -A KUBE-Z -j CONNMARK --set-mark 0x5
    -A KUBE-Z -j CONNMARK --set-xmark 0x5/0xff
    -A KUBE-Z -j CONNMARK --or-mark 0x5
    -A KUBE-Z -j CONNMARK --restore-mark --mask 0xff
    COMMIT
    *raw
    -A PREROUTING -j NOTRACK
    -A PREROUTING -j CT --notrack
    -A PREROUTING -p tcp -j CT --zone 5
    COMMIT
    """#

  /// `matches` as the kernel lists it.
  static let matchesSaved = #"""
    *raw
    :PREROUTING ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    -A PREROUTING -j NOTRACK
    -A PREROUTING -j CT --notrack
    -A PREROUTING -p tcp -j CT --zone 5
    COMMIT
    *nat
    :PREROUTING ACCEPT [0:0]
    :INPUT ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :POSTROUTING ACCEPT [0:0]
    :KUBE-Z - [0:0]
    -A KUBE-Z -j MARK --set-xmark 0x4000/0x4000
    -A KUBE-Z -j MARK --set-xmark 0x4000/0x0
    -A KUBE-Z -j MARK --set-xmark 0x0/0xffffbfff
    -A KUBE-Z -j MARK --set-xmark 0x4000/0xffffffff
    -A KUBE-Z -j MARK --set-xmark 0x4000/0xf000
    -A KUBE-Z -j MARK --set-xmark 0x4000/0xf000
    -A KUBE-Z -j MASQUERADE
    -A KUBE-Z -j MASQUERADE --random-fully
    -A KUBE-Z -p tcp -j MASQUERADE --to-ports 100-200 --random
    -A KUBE-Z -p tcp -j DNAT --to-destination 10.0.0.1:80
    -A KUBE-Z -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.5:80-90 --random --persistent
    -A KUBE-Z -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.5 --persistent
    -A KUBE-Z -p tcp -j DNAT --to-destination :80
    -A KUBE-Z -p tcp -j SNAT --to-source 10.0.0.1-10.0.0.3:1-5 --random-fully
    -A KUBE-Z -p tcp -j SNAT --to-source 10.0.0.1 --persistent
    -A KUBE-Z -p tcp -j REDIRECT --to-ports 8080
    -A KUBE-Z -p tcp -j REDIRECT --to-ports 8080-8090 --random
    -A KUBE-Z -p tcp -j REDIRECT
    -A KUBE-Z -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
    -A KUBE-Z -j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xf0
    -A KUBE-Z -j CONNMARK --set-xmark 0x5/0xffffffff
    -A KUBE-Z -j CONNMARK --set-xmark 0x5/0xff
    -A KUBE-Z -j CONNMARK --set-xmark 0x5/0x5
    -A KUBE-Z -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
    COMMIT
    *filter
    :INPUT ACCEPT [0:0]
    :FORWARD ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :KUBE-X - [0:0]
    :KUBE-Y - [0:0]
    -A KUBE-X -d 172.30.0.46/32 -p tcp -m comment --comment "a b \"q\" \\ end" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
    -A KUBE-X -p tcp -m addrtype --dst-type LOCAL -m tcp --dport 3001 -j DROP
    -A KUBE-X ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
    -A KUBE-X -m mark --mark 0x4000/0x4000 -g KUBE-Y
    -A KUBE-X -m mark ! --mark 0x5 -j RETURN
    -A KUBE-X -p udp -m multiport ! --dports 1:5,80 -j DROP
    -A KUBE-X -p tcp -m multiport --ports 53,443
    -A KUBE-X -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT
    -A KUBE-X -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT
    -A KUBE-X -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j DROP
    -A KUBE-X -p icmp -m icmp --icmp-type 8 -j ACCEPT
    -A KUBE-X -p icmp -m icmp --icmp-type any -j ACCEPT
    -A KUBE-X -i eth+ ! -o lo -p tcp -m tcp --sport 1024:65535 -j ACCEPT
    -A KUBE-X -p udp -m udp ! --sport 5 --dport 0:100 -j REJECT --reject-with icmp-host-prohibited
    -A KUBE-X -p tcp -j REJECT --reject-with tcp-reset
    -A KUBE-X -m state --state NEW,RELATED -j ACCEPT
    -A KUBE-X -m statistic --mode random --probability 0.33333333349
    -A KUBE-X -m statistic --mode random ! --probability 0.25000000000
    -A KUBE-X -m statistic --mode nth --every 3 --packet 1
    -A KUBE-X -m recent --rcheck --seconds 10800 --reap --name FOO --mask 255.255.255.255 --rsource
    -A KUBE-X -m recent --set --name FOO --mask 255.255.255.255 --rsource
    -A KUBE-X -m recent ! --rcheck --seconds 10 --hitcount 3 --name FOO --mask 255.255.255.255 --rdest
    -A KUBE-X -m recent --update --name DEFAULT --mask 255.255.255.255 --rsource
    -A KUBE-X -m recent --remove --name FOO --mask 255.255.255.0 --rsource
    -A KUBE-X -m limit --limit 5/min
    -A KUBE-X -m limit --limit 7/sec --limit-burst 9
    -A KUBE-X -m limit --limit 1/hour
    -A KUBE-X -m limit --limit 3333/sec
    -A KUBE-X -m connmark --mark 0x1/0xf
    -A KUBE-X -m physdev --physdev-is-bridged
    -A KUBE-X -m physdev ! --physdev-is-in --physdev-out eth0
    -A KUBE-X -m addrtype ! --src-type UNICAST,LOCAL --limit-iface-in
    -A KUBE-X -m addrtype --src-type LOCAL ! --dst-type BROADCAST
    -A KUBE-X -j LOG --log-prefix "a b "
    -A KUBE-X -j NFLOG --nflog-prefix "x y" --nflog-group 5
    -A KUBE-X -p sctp -m sctp --dport 99
    -A KUBE-X ! -p tcp
    -A KUBE-X -s 10.0.0.0/8 -p gre
    -A KUBE-X -m comment --comment plain
    -A KUBE-X -f -j DROP
    -A KUBE-X -m pkttype --pkt-type broadcast -j DROP
    -A KUBE-X -p icmp -m icmp --icmp-type 3/1
    -A KUBE-X -s 10.0.0.0/255.0.255.0
    -A KUBE-X -m conntrack --ctstate INVALID,NEW,UNTRACKED,SNAT
    COMMIT
    """#

  /// kube-proxy's `bad-ips` dump as the kernel lists it.
  static let badIPsSaved = #"""
    *nat
    :PREROUTING ACCEPT [0:0]
    :INPUT ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :POSTROUTING ACCEPT [0:0]
    :KUBE-EXT-XPGD46QRK7WJZT7O - [0:0]
    :KUBE-FW-XPGD46QRK7WJZT7O - [0:0]
    :KUBE-MARK-MASQ - [0:0]
    :KUBE-NODEPORTS - [0:0]
    :KUBE-POSTROUTING - [0:0]
    :KUBE-SEP-SXIVWICOYRO3J4NJ - [0:0]
    :KUBE-SERVICES - [0:0]
    :KUBE-SVC-XPGD46QRK7WJZT7O - [0:0]
    -A KUBE-EXT-XPGD46QRK7WJZT7O -m comment --comment "masquerade traffic for ns1/svc1:p80 external destinations" -j KUBE-MARK-MASQ
    -A KUBE-EXT-XPGD46QRK7WJZT7O -j KUBE-SVC-XPGD46QRK7WJZT7O
    -A KUBE-FW-XPGD46QRK7WJZT7O -s 203.0.113.0/25 -m comment --comment "ns1/svc1:p80 loadbalancer IP" -j KUBE-EXT-XPGD46QRK7WJZT7O
    -A KUBE-FW-XPGD46QRK7WJZT7O -m comment --comment "other traffic to ns1/svc1:p80 will be dropped by KUBE-PROXY-FIREWALL"
    -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
    -A KUBE-NODEPORTS -p tcp -m comment --comment "ns1/svc1:p80" -m tcp --dport 3001 -j KUBE-EXT-XPGD46QRK7WJZT7O
    -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
    -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
    -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE
    -A KUBE-SEP-SXIVWICOYRO3J4NJ -s 10.180.0.1/32 -m comment --comment "ns1/svc1:p80" -j KUBE-MARK-MASQ
    -A KUBE-SEP-SXIVWICOYRO3J4NJ -p tcp -m comment --comment "ns1/svc1:p80" -m tcp -j DNAT --to-destination 10.180.0.1:80
    -A KUBE-SERVICES -d 172.30.0.41/32 -p tcp -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp --dport 80 -j KUBE-SVC-XPGD46QRK7WJZT7O
    -A KUBE-SERVICES -d 192.168.99.22/32 -p tcp -m comment --comment "ns1/svc1:p80 external IP" -m tcp --dport 80 -j KUBE-EXT-XPGD46QRK7WJZT7O
    -A KUBE-SERVICES -d 1.2.3.4/32 -p tcp -m comment --comment "ns1/svc1:p80 loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-XPGD46QRK7WJZT7O
    -A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
    -A KUBE-SVC-XPGD46QRK7WJZT7O ! -s 10.0.0.0/8 -d 172.30.0.41/32 -p tcp -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    -A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.1:80" -j KUBE-SEP-SXIVWICOYRO3J4NJ
    COMMIT
    *filter
    :INPUT ACCEPT [0:0]
    :FORWARD ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :KUBE-EXTERNAL-SERVICES - [0:0]
    :KUBE-FIREWALL - [0:0]
    :KUBE-FORWARD - [0:0]
    :KUBE-NODEPORTS - [0:0]
    :KUBE-PROXY-FIREWALL - [0:0]
    :KUBE-SERVICES - [0:0]
    -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
    -A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
    -A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    -A KUBE-PROXY-FIREWALL -d 1.2.3.4/32 -p tcp -m comment --comment "ns1/svc1:p80 traffic not accepted by KUBE-FW-XPGD46QRK7WJZT7O" -m tcp --dport 80 -j DROP
    COMMIT
    """#

  /// kube-proxy's `overall-iptables-rules` dump as the kernel lists it.
  static let overallSaved = #"""
    *nat
    :PREROUTING ACCEPT [0:0]
    :INPUT ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :POSTROUTING ACCEPT [0:0]
    :KUBE-EXT-4SW47YFZTEDKD3PK - [0:0]
    :KUBE-EXT-GNZBNJ2PO5MGZ6GT - [0:0]
    :KUBE-EXT-NUKIZ6OKUXPJNT4C - [0:0]
    :KUBE-EXT-X27LE4BHSL4DOUIK - [0:0]
    :KUBE-FW-NUKIZ6OKUXPJNT4C - [0:0]
    :KUBE-MARK-MASQ - [0:0]
    :KUBE-NODEPORTS - [0:0]
    :KUBE-POSTROUTING - [0:0]
    :KUBE-SEP-C6EBXVWJJZMIWKLZ - [0:0]
    :KUBE-SEP-I77PXRDZVX7PMWMN - [0:0]
    :KUBE-SEP-OYPFS5VJICHGATKP - [0:0]
    :KUBE-SEP-RS4RBKLTHTF2IUXJ - [0:0]
    :KUBE-SEP-SXIVWICOYRO3J4NJ - [0:0]
    :KUBE-SEP-UKSFD7AGPMPPLUHC - [0:0]
    :KUBE-SERVICES - [0:0]
    :KUBE-SVC-4SW47YFZTEDKD3PK - [0:0]
    :KUBE-SVC-GNZBNJ2PO5MGZ6GT - [0:0]
    :KUBE-SVC-NUKIZ6OKUXPJNT4C - [0:0]
    :KUBE-SVC-X27LE4BHSL4DOUIK - [0:0]
    :KUBE-SVC-XPGD46QRK7WJZT7O - [0:0]
    -A KUBE-EXT-4SW47YFZTEDKD3PK -m comment --comment "masquerade traffic for ns4/svc4:p80 external destinations" -j KUBE-MARK-MASQ
    -A KUBE-EXT-4SW47YFZTEDKD3PK -j KUBE-SVC-4SW47YFZTEDKD3PK
    -A KUBE-EXT-GNZBNJ2PO5MGZ6GT -s 10.0.0.0/8 -m comment --comment "pod traffic for ns2/svc2:p80 external destinations" -j KUBE-SVC-GNZBNJ2PO5MGZ6GT
    -A KUBE-EXT-GNZBNJ2PO5MGZ6GT -m comment --comment "masquerade LOCAL traffic for ns2/svc2:p80 external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
    -A KUBE-EXT-GNZBNJ2PO5MGZ6GT -m comment --comment "route LOCAL traffic for ns2/svc2:p80 external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-GNZBNJ2PO5MGZ6GT
    -A KUBE-EXT-NUKIZ6OKUXPJNT4C -m comment --comment "masquerade traffic for ns5/svc5:p80 external destinations" -j KUBE-MARK-MASQ
    -A KUBE-EXT-NUKIZ6OKUXPJNT4C -j KUBE-SVC-NUKIZ6OKUXPJNT4C
    -A KUBE-EXT-X27LE4BHSL4DOUIK -m comment --comment "masquerade traffic for ns3/svc3:p80 external destinations" -j KUBE-MARK-MASQ
    -A KUBE-EXT-X27LE4BHSL4DOUIK -j KUBE-SVC-X27LE4BHSL4DOUIK
    -A KUBE-FW-NUKIZ6OKUXPJNT4C -s 203.0.113.0/25 -m comment --comment "ns5/svc5:p80 loadbalancer IP" -j KUBE-EXT-NUKIZ6OKUXPJNT4C
    -A KUBE-FW-NUKIZ6OKUXPJNT4C -m comment --comment "other traffic to ns5/svc5:p80 will be dropped by KUBE-PROXY-FIREWALL"
    -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
    -A KUBE-NODEPORTS -p tcp -m comment --comment "ns2/svc2:p80" -m tcp --dport 3001 -j KUBE-EXT-GNZBNJ2PO5MGZ6GT
    -A KUBE-NODEPORTS -p tcp -m comment --comment "ns3/svc3:p80" -m tcp --dport 3003 -j KUBE-EXT-X27LE4BHSL4DOUIK
    -A KUBE-NODEPORTS -p tcp -m comment --comment "ns5/svc5:p80" -m tcp --dport 3002 -j KUBE-EXT-NUKIZ6OKUXPJNT4C
    -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
    -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
    -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE
    -A KUBE-SEP-C6EBXVWJJZMIWKLZ -s 10.180.0.5/32 -m comment --comment "ns4/svc4:p80" -j KUBE-MARK-MASQ
    -A KUBE-SEP-C6EBXVWJJZMIWKLZ -p tcp -m comment --comment "ns4/svc4:p80" -m tcp -j DNAT --to-destination 10.180.0.5:80
    -A KUBE-SEP-I77PXRDZVX7PMWMN -s 10.180.0.3/32 -m comment --comment "ns5/svc5:p80" -j KUBE-MARK-MASQ
    -A KUBE-SEP-I77PXRDZVX7PMWMN -p tcp -m comment --comment "ns5/svc5:p80" -m recent --set --name KUBE-SEP-I77PXRDZVX7PMWMN --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.180.0.3:80
    -A KUBE-SEP-OYPFS5VJICHGATKP -s 10.180.0.3/32 -m comment --comment "ns3/svc3:p80" -j KUBE-MARK-MASQ
    -A KUBE-SEP-OYPFS5VJICHGATKP -p tcp -m comment --comment "ns3/svc3:p80" -m tcp -j DNAT --to-destination 10.180.0.3:80
    -A KUBE-SEP-RS4RBKLTHTF2IUXJ -s 10.180.0.2/32 -m comment --comment "ns2/svc2:p80" -j KUBE-MARK-MASQ
    -A KUBE-SEP-RS4RBKLTHTF2IUXJ -p tcp -m comment --comment "ns2/svc2:p80" -m tcp -j DNAT --to-destination 10.180.0.2:80
    -A KUBE-SEP-SXIVWICOYRO3J4NJ -s 10.180.0.1/32 -m comment --comment "ns1/svc1:p80" -j KUBE-MARK-MASQ
    -A KUBE-SEP-SXIVWICOYRO3J4NJ -p tcp -m comment --comment "ns1/svc1:p80" -m tcp -j DNAT --to-destination 10.180.0.1:80
    -A KUBE-SEP-UKSFD7AGPMPPLUHC -s 10.180.0.4/32 -m comment --comment "ns4/svc4:p80" -j KUBE-MARK-MASQ
    -A KUBE-SEP-UKSFD7AGPMPPLUHC -p tcp -m comment --comment "ns4/svc4:p80" -m tcp -j DNAT --to-destination 10.180.0.4:80
    -A KUBE-SERVICES -d 172.30.0.41/32 -p tcp -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp --dport 80 -j KUBE-SVC-XPGD46QRK7WJZT7O
    -A KUBE-SERVICES -d 172.30.0.42/32 -p tcp -m comment --comment "ns2/svc2:p80 cluster IP" -m tcp --dport 80 -j KUBE-SVC-GNZBNJ2PO5MGZ6GT
    -A KUBE-SERVICES -d 192.168.99.22/32 -p tcp -m comment --comment "ns2/svc2:p80 external IP" -m tcp --dport 80 -j KUBE-EXT-GNZBNJ2PO5MGZ6GT
    -A KUBE-SERVICES -d 1.2.3.4/32 -p tcp -m comment --comment "ns2/svc2:p80 loadbalancer IP" -m tcp --dport 80 -j KUBE-EXT-GNZBNJ2PO5MGZ6GT
    -A KUBE-SERVICES -d 172.30.0.43/32 -p tcp -m comment --comment "ns3/svc3:p80 cluster IP" -m tcp --dport 80 -j KUBE-SVC-X27LE4BHSL4DOUIK
    -A KUBE-SERVICES -d 172.30.0.44/32 -p tcp -m comment --comment "ns4/svc4:p80 cluster IP" -m tcp --dport 80 -j KUBE-SVC-4SW47YFZTEDKD3PK
    -A KUBE-SERVICES -d 192.168.99.33/32 -p tcp -m comment --comment "ns4/svc4:p80 external IP" -m tcp --dport 80 -j KUBE-EXT-4SW47YFZTEDKD3PK
    -A KUBE-SERVICES -d 172.30.0.45/32 -p tcp -m comment --comment "ns5/svc5:p80 cluster IP" -m tcp --dport 80 -j KUBE-SVC-NUKIZ6OKUXPJNT4C
    -A KUBE-SERVICES -d 5.6.7.8/32 -p tcp -m comment --comment "ns5/svc5:p80 loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-NUKIZ6OKUXPJNT4C
    -A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
    -A KUBE-SVC-4SW47YFZTEDKD3PK ! -s 10.0.0.0/8 -d 172.30.0.44/32 -p tcp -m comment --comment "ns4/svc4:p80 cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    -A KUBE-SVC-4SW47YFZTEDKD3PK -m comment --comment "ns4/svc4:p80 -> 10.180.0.4:80" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-UKSFD7AGPMPPLUHC
    -A KUBE-SVC-4SW47YFZTEDKD3PK -m comment --comment "ns4/svc4:p80 -> 10.180.0.5:80" -j KUBE-SEP-C6EBXVWJJZMIWKLZ
    -A KUBE-SVC-GNZBNJ2PO5MGZ6GT ! -s 10.0.0.0/8 -d 172.30.0.42/32 -p tcp -m comment --comment "ns2/svc2:p80 cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    -A KUBE-SVC-GNZBNJ2PO5MGZ6GT -m comment --comment "ns2/svc2:p80 -> 10.180.0.2:80" -j KUBE-SEP-RS4RBKLTHTF2IUXJ
    -A KUBE-SVC-NUKIZ6OKUXPJNT4C ! -s 10.0.0.0/8 -d 172.30.0.45/32 -p tcp -m comment --comment "ns5/svc5:p80 cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    -A KUBE-SVC-NUKIZ6OKUXPJNT4C -m comment --comment "ns5/svc5:p80 -> 10.180.0.3:80" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-I77PXRDZVX7PMWMN --mask 255.255.255.255 --rsource -j KUBE-SEP-I77PXRDZVX7PMWMN
    -A KUBE-SVC-NUKIZ6OKUXPJNT4C -m comment --comment "ns5/svc5:p80 -> 10.180.0.3:80" -j KUBE-SEP-I77PXRDZVX7PMWMN
    -A KUBE-SVC-X27LE4BHSL4DOUIK ! -s 10.0.0.0/8 -d 172.30.0.43/32 -p tcp -m comment --comment "ns3/svc3:p80 cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    -A KUBE-SVC-X27LE4BHSL4DOUIK -m comment --comment "ns3/svc3:p80 -> 10.180.0.3:80" -j KUBE-SEP-OYPFS5VJICHGATKP
    -A KUBE-SVC-XPGD46QRK7WJZT7O ! -s 10.0.0.0/8 -d 172.30.0.41/32 -p tcp -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    -A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.1:80" -j KUBE-SEP-SXIVWICOYRO3J4NJ
    COMMIT
    *filter
    :INPUT ACCEPT [0:0]
    :FORWARD ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :KUBE-EXTERNAL-SERVICES - [0:0]
    :KUBE-FIREWALL - [0:0]
    :KUBE-FORWARD - [0:0]
    :KUBE-NODEPORTS - [0:0]
    :KUBE-PROXY-FIREWALL - [0:0]
    :KUBE-SERVICES - [0:0]
    -A KUBE-EXTERNAL-SERVICES -d 192.168.99.22/32 -p tcp -m comment --comment "ns2/svc2:p80 has no local endpoints" -m tcp --dport 80 -j DROP
    -A KUBE-EXTERNAL-SERVICES -d 1.2.3.4/32 -p tcp -m comment --comment "ns2/svc2:p80 has no local endpoints" -m tcp --dport 80 -j DROP
    -A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "ns2/svc2:p80 has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 3001 -j DROP
    -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
    -A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
    -A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    -A KUBE-NODEPORTS -p tcp -m comment --comment "ns2/svc2:p80 health check node port" -m tcp --dport 30000 -j ACCEPT
    -A KUBE-PROXY-FIREWALL -d 5.6.7.8/32 -p tcp -m comment --comment "ns5/svc5:p80 traffic not accepted by KUBE-FW-NUKIZ6OKUXPJNT4C" -m tcp --dport 80 -j DROP
    -A KUBE-SERVICES -d 172.30.0.46/32 -p tcp -m comment --comment "ns6/svc6:p80 has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
    COMMIT
    """#
}
